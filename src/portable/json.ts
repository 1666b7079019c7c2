import { EXPORT_VERSION } from '../contract/portable.ts'
import type { Format } from './format.ts'

/**
 * The same as `ndjson` in one document. Its digest is that of the conversations and messages as lines of `ndjson`, so
 * that it holds whatever the white space.
 */
export const json: Format = {
  mediaType: 'application/json',
  extension: 'json',
  writer: ({ exportedAt, nextCursor }, digest) => {
    const head = { object: 'hilo.export', version: EXPORT_VERSION, exported_at: exportedAt }
    let isFirstConversation = true
    let isFirstMessage = true
    const digested = (text: string) => {
      digest.add(text)
      return text
    }
    return {
      open: () => `${JSON.stringify(head).slice(0, -1)},"conversations":[`,
      conversation: (conversation) => {
        const comma = isFirstConversation ? '' : ','
        isFirstConversation = false
        isFirstMessage = true
        return `${comma}\n${digested(`${JSON.stringify(conversation).slice(0, -1)},"extra":`)}`
      },
      extra: {
        piece: digested,
        close: () => {
          digest.add('}\n')
          return ',"messages":['
        },
      },
      keepsPlaces: true,
      message: (message) => {
        const comma = isFirstMessage ? '' : ','
        isFirstMessage = false
        const text = digested(JSON.stringify(message))
        digest.add('\n')
        return `${comma}\n${text}`
      },
      closeConversation: () => ']}',
      end: async ({ conversations, messages }) => {
        const sha256 = await digest.hex()
        const end = { conversations, messages, sha256, next_cursor: nextCursor }
        return `\n],"end":${JSON.stringify(end)}}\n`
      },
    }
  },
}
