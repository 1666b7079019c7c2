import type { Block } from '../blocks.ts'
import { type Fields, fieldsOf, idOf, listOf, textOf } from '../values.ts'

/** What Grok wrote, for people: its marks become links to what they cite, its artifacts code. */
export function readable(text: string, cards: unknown): string {
  const byId = new Map(listOf(cards).map((card) => [idOf(cardIn(card)['id']), cardIn(card)]))
  const linked = text.replaceAll(
    /<grok:render\b([^<>]{0,500})>[^]{0,500}?<\/grok:render>/g,
    (_, attributes: string) => linkTo(fieldsOf(byId.get(valueOf(attributes, 'card_id')))),
  )
  return withArtifacts(linked)
}

/** Each card is JSON within the file's JSON. */
function cardIn(card: unknown): Fields {
  try {
    return fieldsOf(JSON.parse(textOf(card)))
  } catch {
    return fieldsOf(card)
  }
}

function linkTo(card: Fields): string {
  const image = fieldsOf(card['image'])
  const url = textOf(card['url']) || textOf(image['link'])
  const [, host] = /^https?:\/\/([^/?#]+)/.exec(url) ?? []
  if (host === undefined) return ''
  const title = textOf(card['title']) || textOf(image['title']) || host
  return ` [${title.replaceAll(/[[\]\n]/g, ' ').trim()}](${url})`
}

function withArtifacts(text: string): string {
  let artifact: { title: string; type: string } | null = null
  const pieces = text.split(/(<xaiArtifact\b[^<>]{0,2000}>|<\/xaiArtifact>)/).map((piece) => {
    if (piece.startsWith('<xaiArtifact')) {
      artifact = { title: valueOf(piece, 'title'), type: valueOf(piece, 'contentType') }
      return artifact.title === '' ? '\n\n' : `\n\n**${artifact.title}**\n\n`
    }
    if (piece === '</xaiArtifact>') {
      artifact = null
      return '\n\n'
    }
    return artifact ? fenced(piece.trim(), artifact.type) : piece
  })
  return pieces.length === 1 ? text : pieces.join('').trim()
}

/** Prose stays prose, and what is fenced already stays so. */
function fenced(body: string, type: string): string {
  if (/^$|markdown|plain/.test(type) || body.startsWith('```')) return body
  // A fence that nothing in the body can end.
  const [longest = ''] = (body.match(/`{3,}/g) ?? []).toSorted().toReversed()
  const fence = longest === '' ? '```' : `${longest}\``
  return `${fence}${type.replace(/^.*\/(x-)?/, '')}\n${body}\n${fence}`
}

const valueOf = (attributes: string, name: string): string =>
  new RegExp(`\\b${name}="([^"]*)"`).exec(attributes)?.[1] ?? ''

const CARD = /(<xai:tool_usage_card\b[^>]*>[^]*?<\/xai:tool_usage_card>)/

/** A text in blocks: what is said, and the calls of tools that stand in it. */
export function withCalls(text: string): Block[] {
  const pieces = text.split(CARD)
  if (pieces.length === 1) return [{ kind: 'text', text, raw: null }]
  return pieces.map((piece, index): Block => {
    if (index % 2 === 0) return { kind: 'text', text: piece.trim(), raw: null }
    return { kind: 'call', id: null, ...callIn(piece), raw: null }
  })
}

/** A text with its calls as people read them. */
export const withCallsTold = (text: string): string => {
  const pieces = text.split(CARD)
  if (pieces.length === 1) return text
  const told = pieces.map((piece, index) => {
    const { name, input } = callIn(piece)
    return index % 2 === 0 ? piece.trim() : `${name} ${input}`
  })
  return told.filter(Boolean).join('\n\n')
}

function callIn(card: string): { name: string; input: string } {
  const within = (tag: string) =>
    new RegExp(`<xai:${tag}>(?:<!\\[CDATA\\[)?([^]*?)(?:\\]\\]>)?</xai:${tag}>`).exec(card)?.[1]
  return { name: within('tool_name') || 'tool', input: within('tool_args') || '{}' }
}
