import type { Message } from '../contract/message.ts'
import type { PortableConversation } from '../contract/portable.ts'
import type { Format } from './format.ts'

type Cell = string | number | null

const columns: [name: string, cell: (message: Message, of: PortableConversation) => Cell][] = [
  ['conversation_id', ({ conversation_id: id }) => id],
  ['title', (_, { title }) => title],
  ['topic', (_, { topic }) => topic],
  ['language', (_, { language }) => language],
  ['seq', ({ seq }) => seq],
  ['message_id', ({ id }) => id],
  ['created_at', ({ created_at: at }) => at],
  ['role', ({ role }) => role],
  ['origin', ({ origin }) => origin],
  ['content', ({ content }) => content],
  ['parts', ({ parts }) => parts && JSON.stringify(parts)],
  ['tool_calls', ({ tool_calls: calls }) => calls && JSON.stringify(calls)],
  ['tool_call_id', ({ tool_call_id: id }) => id],
  ['status', ({ status }) => status],
  ['finish_reason', ({ finish_reason: reason }) => reason],
  ['model', ({ model }) => model],
  ['tokens_used', ({ tokens_used: tokens }) => tokens],
]

// What a spreadsheet takes for the beginning of a formula (owasp.org/www-community/attacks/CSV_Injection), the
// full-width forms too. An apostrophe in front makes text of it.
const formula = /^[=+\-@\t\r\n＝＋－＠]/

function cellOf(value: Cell): string {
  if (value === null) return ''
  if (typeof value === 'number') return String(value)
  const safe = formula.test(value) ? `'${value}` : value
  return `"${safe.replaceAll('"', '""')}"`
}

const row = (cells: string[]): string => `${cells.join(',')}\r\n`

/** RFC 4180, a row a message. Begins with a byte order mark: spreadsheets take UTF-8 for something else without. */
export const csv: Format = {
  mediaType: 'text/csv; charset=utf-8',
  extension: 'csv',
  writer: () => {
    let current: PortableConversation
    return {
      open: () => `\uFEFF${row(columns.map(([name]) => name))}`,
      conversation: (conversation) => {
        current = conversation
        return ''
      },
      message: (message) => row(columns.map(([, cell]) => cellOf(cell(message, current)))),
      closeConversation: () => '',
      end: () => '',
    }
  },
}
