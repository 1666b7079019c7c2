import type { Message, Part } from '../contract/message.ts'
import { fenceFor, stretchesOf } from './fences.ts'
import type { Format } from './format.ts'
import { followable, isInlineImage } from './links.ts'
import { type Words, dateOf, wordsIn } from './words.ts'

/** For people: what was said as it was said, with its Markdown. */
export const markdown: Format = {
  mediaType: 'text/markdown; charset=utf-8',
  extension: 'md',
  writer: ({ exportedAt, nextCursor }) => {
    let words = wordsIn('en')
    return {
      open: () => `<!-- Hilo, ${dateOf(exportedAt.toISOString())} -->\n`,
      conversation: (conversation) => {
        words = wordsIn(conversation.language)
        const { created_at: created, updated_at: updated, archived_at: archived } = conversation
        const dates = [
          `${words.created} ${dateOf(created)}`,
          `${words.updated} ${dateOf(updated)}`,
          ...(archived === null ? [] : [`${words.archived} ${dateOf(archived)}`]),
        ]
        return `\n# ${literal(conversation.title ?? words.untitled)}\n\n${dates.join(' · ')}\n`
      },
      message: (message) => {
        const note = message.status === 'interrupted' ? ` · ${words.interrupted}` : ''
        const head = `## ${words.roles[message.role]} · ${dateOf(message.created_at)}${note}`
        return `\n${[head, ...bodyOf(message, words)].join('\n\n')}\n`
      },
      closeConversation: () => '',
      end: ({ conversations, messages }) => {
        const rest = nextCursor === null ? '' : ` next_cursor=${nextCursor}`
        return `\n<!-- hilo.export.end conversations=${conversations} messages=${messages}${rest} -->\n`
      },
      cut: (reason) => `\n<!-- hilo.export.cut reason=${reason} -->\n`,
    }
  },
}

function bodyOf(message: Message, words: Words): string[] {
  const { content, parts, tool_calls: calls } = message
  if (message.role === 'tool') return [folded(`${words.toolResult}`, content)]
  const text = content === '' ? [] : [kept(content)]
  const others = (parts ?? []).flatMap((part) => attached(part, words))
  const called = (calls ?? []).map(({ function: { name, arguments: given } }) =>
    folded(`${words.toolCall} ${name}`, given),
  )
  return [...text, ...others, ...called]
}

function attached(part: Part, words: Words): string[] {
  if (part.type === 'text') return []
  if (part.type === 'file') return [`${words.file}: ${literal(part.file.filename ?? '–')}`]
  const { url } = part.image_url
  const address = isInlineImage(url) ? url : followable(url)
  if (address === null) return [`${words.image}: ${literal(url.slice(0, 100))}`]
  return [`![${words.image}](<${address.replaceAll('>', '%3E').replaceAll('<', '%3C')}>)`]
}

function folded(summary: string, text: string): string {
  const fence = fenceFor(text)
  return `<details>\n<summary>${escaped(summary)}</summary>\n\n${fence}\n${text}\n${fence}\n\n</details>`
}

/**
 * Text with its code as it came. What would reach past the message is kept from it: a fence that never ends, and
 * HTML, which Markdown takes up to wherever it ends.
 */
function kept(text: string): string {
  const lines = stretchesOf(text).flatMap(({ fence, raw }) => {
    if (fence === null) return raw.map((line) => line.replace(/^(\s*)<(?=[a-z/!?])/i, '$1\\<'))
    return fence.isOpen ? [...raw, fence.indent + fence.mark] : raw
  })
  return lines.join('\n')
}

const escaped = (text: string): string => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;')

/** One line in which nothing is markup. */
const literal = (text: string): string =>
  text.replaceAll(/\s+/g, ' ').replaceAll(/[\\`*_[\]<>#~|]/g, String.raw`\$&`)
