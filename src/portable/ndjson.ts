import { EXPORT_VERSION } from '../contract/portable.ts'
import type { Format } from './format.ts'

/** Hilo's own, without loss: a line for the header, for each conversation, for each message, and a footer. */
export const ndjson: Format = {
  mediaType: 'application/x-ndjson',
  extension: 'ndjson',
  writer: ({ exportedAt, nextCursor }, digest) => {
    const line = (value: object) => {
      const text = `${JSON.stringify(value)}\n`
      digest.add(text)
      return text
    }
    return {
      open: () =>
        line({
          object: 'hilo.export',
          version: EXPORT_VERSION,
          exported_at: exportedAt.toISOString(),
        }),
      conversation: line,
      message: line,
      closeConversation: () => '',
      end: async ({ conversations, messages }) => {
        const end = {
          object: 'hilo.export.end',
          conversations,
          messages,
          sha256: await digest.hex(),
          next_cursor: nextCursor,
        }
        return `${JSON.stringify(end)}\n`
      },
    }
  },
}
