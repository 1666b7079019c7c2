import { type Blocks, bodyOf } from './body.ts'
import { blocksOf, fenceFor, spacesFor } from './fences.ts'
import type { Format } from './format.ts'
import { followable, isInlineImage, pictureIn } from './links.ts'
import { type Words, dateOf, wordsIn } from './words.ts'

/** For people: what was said as it was said, with its Markdown. */
export const markdown: Format = {
  mediaType: 'text/markdown; charset=utf-8',
  extension: 'md',
  isLine: true,
  writer: ({ exportedAt, nextCursor }) => {
    let words = wordsIn('en')
    return {
      open: () => `<!-- Hilo, ${dateOf(exportedAt.toISOString())} -->\n`,
      conversation: (conversation, leftOut) => {
        words = wordsIn(conversation.language)
        const { created_at: created, updated_at: updated, archived_at: archived } = conversation
        const dates = [
          `${words.created} ${dateOf(created)}`,
          `${words.updated} ${dateOf(updated)}`,
          ...(archived === null ? [] : [`${words.archived} ${dateOf(archived)}`]),
        ]
        const rest = leftOut > 0 ? `\n${words.leftOut(leftOut)}\n` : ''
        return `\n# ${literal(conversation.title ?? words.untitled)}\n\n${dates.join(' · ')}\n${rest}`
      },
      message: (message) => {
        const note = message.status === 'interrupted' ? ` · ${words.interrupted}` : ''
        const who = [words.roles[message.role], ...(message.model === null ? [] : [message.model])]
        const head = `## ${who.map(literal).join(' · ')} · ${dateOf(message.created_at)}${note}`
        return `\n${[head, ...bodyOf(message, words, blocks)].join('\n\n')}\n`
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

const blocks: Blocks = {
  said: ({ content }) => (content === '' ? [] : [kept(content)]),
  folded: (summary, pieces) => {
    const inside = pieces.flatMap(({ name, text, isJson }) => {
      const fence = fenceFor(text)
      const block = `${fence}${isJson ? 'json' : ''}\n${text}\n${fence}`
      return name === null ? [block] : [`${literal(name)}:`, block]
    })
    const inner = inside.join('\n\n')
    return `<details>\n<summary>${escaped(summary)}</summary>\n\n${inner}\n\n</details>`
  },
  file: (file, words) => [
    `${words.file}: ${literal(file.filename ?? '–')}`,
    ...pictureIn(file).map((url) => picture(url, words)),
  ],
  source: ({ url, title }, words) => {
    const address = followable(url)
    const name = literal(title ?? url.slice(0, 100))
    return `${words.source}: ${address === null ? name : `[${name}](${target(address)})`}`
  },
  image: (url, words) => {
    const address = isInlineImage(url) ? url : followable(url)
    return address === null
      ? `${words.image}: ${literal(url.slice(0, 100))}`
      : picture(address, words)
  },
}

const picture = (address: string, words: Words): string => `![${words.image}](${target(address)})`

const target = (address: string): string =>
  `<${address.replaceAll('>', '%3E').replaceAll('<', '%3C')}>`

/**
 * Text with its code as it came. What would reach past the message is kept from it: a fence that never ends, and
 * HTML, which Markdown takes up to wherever it ends.
 */
function kept(text: string): string {
  const lines = blocksOf(text).flatMap(({ fence, raw }) => {
    if (fence === null) return raw.map(withoutHtml)
    return fence.isOpen ? [...raw, spacesFor(fence.indent) + fence.mark] : raw
  })
  return lines.join('\n')
}

/** A line in which nothing is HTML, but in code. Addresses in brackets stay, and what is escaped. */
const withoutHtml = (line: string): string =>
  line.replaceAll(
    /\\.|(`+)(?!`)[^`].{0,300}?(?<!`)\1(?!`)|<(?=[a-z/!?])(?!https?:|mailto:)/gi,
    (found) => (found.startsWith('<') ? `\\${found}` : found),
  )

const escaped = (text: string): string => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;')

/** One line in which nothing is markup. */
const literal = (text: string): string =>
  text.replaceAll(/\s+/g, ' ').replaceAll(/[\\`*_[\]<>#~|]/g, String.raw`\$&`)
