import type { Block } from '../blocks.ts'
import { fieldsOf } from '../values.ts'

/** What LibreChat opens beside a chat: a document between two lines of colons, mostly fenced as code. */
const DOCUMENT = /^:::artifact\{([^}\n]*)\}[ \t]*\n([^]*?)\n:::[ \t]*$/gm

/** Blocks in which documents are what people read: a title, and what follows it. */
export const withDocuments = (blocks: Block[]): Block[] =>
  blocks.map((block) => {
    if (block.kind !== 'text') return block
    const text = block.text.replaceAll(DOCUMENT, (_, written: string, body: string) => {
      const [, title] = /\btitle="([^"]*)"/.exec(written) ?? []
      return title ? `**${title}**\n\n${body}` : body
    })
    return text === block.text
      ? block
      : { ...block, text, raw: { text: block.text, ...fieldsOf(block.raw) } }
  })
