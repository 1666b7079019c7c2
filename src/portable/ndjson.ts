import { EXPORT_VERSION, exportCuts } from '../contract/portable.ts'
import type { Format } from './format.ts'

/** Hilo's own, without loss: a line for the header, for each conversation, for each message, and a footer. */
export const ndjson: Format = {
  mediaType: 'application/x-ndjson',
  extension: 'ndjson',
  writer: ({ exportedAt, nextCursor }, digest) => {
    const digested = (text: string) => {
      digest.add(text)
      return text
    }
    const line = (value: object) => digested(`${JSON.stringify(value)}\n`)
    let isOpen = false
    return {
      open: () =>
        line({
          object: 'hilo.export',
          version: EXPORT_VERSION,
          exported_at: exportedAt.toISOString(),
        }),
      conversation: (conversation) => {
        isOpen = true
        return digested(`${JSON.stringify(conversation).slice(0, -1)},"extra":`)
      },
      extra: {
        piece: digested,
        close: () => {
          isOpen = false
          return digested('}\n')
        },
      },
      keepsPlaces: true,
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
      cut: (reason) => {
        const cut = { object: 'hilo.export.cut', reason, detail: exportCuts[reason] }
        return `${isOpen ? '\n' : ''}${JSON.stringify(cut)}\n`
      },
    }
  },
}
