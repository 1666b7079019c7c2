import type { Block } from '../blocks.ts'
import { marksIn, withMarks } from '../code.ts'
import { type Fields, fieldsOf, idOf, listOf, textOf } from '../values.ts'

const RENDER = /<grok:render\b([^<>]{0,500})>[^]{0,500}?<\/grok:render>/g

/** What Grok wrote, for people: its marks become links to what they cite, its artifacts code. */
export function readable(text: string, cards: unknown): string {
  const byId = new Map(listOf(cards).map((card) => [idOf(cardIn(card)['id']), cardIn(card)]))
  const linked = withMarks(text, RENDER, RENDER, ([, attributes = '']) =>
    linkTo(fieldsOf(byId.get(valueOf(attributes, 'card_id')))),
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

const OPENING = /<xaiArtifact\b[^<>]{0,2000}>/g
const ARTIFACT = /(<xaiArtifact\b[^<>]{0,2000}>)([^]*?)(?:<\/xaiArtifact>|$)/y

function withArtifacts(text: string): string {
  const read = withMarks(text, OPENING, ARTIFACT, ([, tag = '', body = '']) => {
    const title = valueOf(tag, 'title')
    const head = title === '' ? '' : `**${title}**\n\n`
    return `\n\n${head}${fenced(body.trim(), valueOf(tag, 'contentType'))}\n\n`
  })
  return read === text ? text : read.trim()
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

const OPENING_CARD = /<xai:tool_usage_card\b[^>]*>/g
const CARD = /<xai:tool_usage_card\b[^>]*>[^]*?<\/xai:tool_usage_card>/y

/** A text in blocks: what is said, and the calls of tools that stand in it. */
export function withCalls(text: string): Block[] {
  const pieces = marksIn(text, OPENING_CARD, CARD)
  if (pieces.every(isText)) return [{ kind: 'text', text, raw: null }]
  return pieces.map((piece): Block =>
    isText(piece)
      ? { kind: 'text', text: piece.trim(), raw: null }
      : { kind: 'call', id: null, ...callIn(piece[0]), raw: null },
  )
}

const isText = (piece: string | RegExpExecArray): piece is string => typeof piece === 'string'

/** A text with its calls as people read them. */
export const withCallsTold = (text: string): string => {
  const pieces = marksIn(text, OPENING_CARD, CARD)
  if (pieces.every(isText)) return text
  const told = pieces.map((piece) => {
    if (isText(piece)) return piece.trim()
    const { name, input } = callIn(piece[0])
    return `${name} ${input}`
  })
  return told.filter(Boolean).join('\n\n')
}

function callIn(card: string): { name: string; input: string } {
  const within = (tag: string) =>
    new RegExp(`<xai:${tag}>(?:<!\\[CDATA\\[)?([^]*?)(?:\\]\\]>)?</xai:${tag}>`).exec(card)?.[1]
  return { name: within('tool_name') || 'tool', input: within('tool_args') || '{}' }
}
