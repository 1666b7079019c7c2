import type { Conversation } from '../contract/conversation.ts'
import { Message } from '../contract/message.ts'
import type { PortableMessage } from '../contract/portable.ts'
import type { Format } from './format.ts'

type Cell = string | number | null
type Column = [name: string, cell: (message: PortableMessage, of: Conversation) => Cell]

const columns: Column[] = [
  ['conversation_id', ({ conversation_id: id }) => id],
  ['title', (_, { title }) => title],
  ['topic', (_, { topic }) => topic],
  ['language', (_, { language }) => language],
  ['seq', ({ seq }) => seq],
  ['message_id', ({ id }) => id],
  ['created_at', ({ created_at: at }) => at],
]
const first = ['object', 'conversation_id', 'seq', 'id', 'created_at']
// Then every other field that a message has, so that none is forgotten.
for (const field of Message.keyof().options) {
  if (!first.includes(field) && field !== 'siblings') {
    columns.push([field, (message) => cellFor(message[field])])
  }
}

const cellFor = (value: PortableMessage[keyof PortableMessage]): Cell =>
  typeof value === 'object' ? value && JSON.stringify(value) : value

// A spreadsheet takes a cell that begins with one of these for a formula (owasp.org/www-community/attacks/CSV_Injection),
// the full-width forms too; white space and quotes before it may be dropped. If the list separator is a semicolon or
// a tab, the quotes around a field do not count, so that a cell may also begin within it, and a row after a line break.
// Each piece: a place where a cell may begin, a sign that would make a formula of it, or text that a cell has begun with.
const pieces = /[;\t\r\n\v\f\u0085\u2028\u2029]|[=+\-@＝＋－＠]|[^\s\p{C}";=+\-@＝＋－＠]+/gu
const opening = /^[;\t\r\n\v\f\u0085\u2028\u2029]/
const formula = /^[=+\-@＝＋－＠]/

/** The same with an apostrophe before what may run: it makes text of it. */
function harmless(text: string): string {
  let isBeginning = true
  return text.replaceAll(pieces, (piece) => {
    const runs = isBeginning && formula.test(piece)
    isBeginning = opening.test(piece)
    return runs ? `'${piece}` : piece
  })
}

function cellOf(value: Cell): string {
  if (value === null) return ''
  if (typeof value === 'number') return String(value)
  return `"${harmless(value).replaceAll('"', '""')}"`
}

const row = (cells: string[]): string => `${cells.join(',')}\r\n`

/** RFC 4180, a row a message. Begins with a byte order mark: spreadsheets take UTF-8 for something else without. */
export const csv: Format = {
  mediaType: 'text/csv; charset=utf-8',
  extension: 'csv',
  writer: () => {
    let current: Conversation
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
