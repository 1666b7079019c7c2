import type { Part } from '../../contract/message.ts'
import type { ModelMessage } from '../../model/model.ts'
import type { MessageRow } from '../../storage/tables.ts'

/**
 * What goes to a model together or not at all: one message, or an assistant's tool calls with all their results.
 * The chat-completions API refuses a call without all of its results right behind it, and a result without a call.
 */
export interface Unit {
  rows: MessageRow[]
  messages: ModelMessage[]
}

/**
 * @param rows a stretch of history, oldest first; its system messages are left to others
 * @param file what stands in the place of a file that a model is not sent
 * @param isOpenEnd whether calls at the very end may lack results, because the caller is about to send them
 */
export function unitsOf(rows: MessageRow[], file: string, isOpenEnd = false): Unit[] {
  return rows.flatMap((row, index): Unit[] => {
    if (row.role === 'tool' || row.role === 'system') return []
    const content = row.parts?.map((part) => sendable(part, row.origin, file)) ?? row.content
    if (row.role === 'user') return [{ rows: [row], messages: [{ role: 'user', content }] }]
    if (row.toolCalls === null) {
      // An empty one says nothing, and some endpoints refuse it.
      if (content.length === 0) return []
      return [{ rows: [row], messages: [{ role: 'assistant', content }] }]
    }
    const later = rows.slice(index + 1)
    const results = resultsOf(row, later)
    const isAnswered = results.length === row.toolCalls.length
    if (!isAnswered && !(isOpenEnd && later.length === results.length)) return []
    return [
      {
        rows: [row, ...results],
        messages: [
          { role: 'assistant', content, tool_calls: row.toolCalls },
          ...results.map(toResult),
        ],
      },
    ]
  })
}

/**
 * A part as a model is sent it. The id of a file at the provider opens whatever the deployment's account holds, so it
 * counts only from a service.
 */
function sendable(part: Part, origin: MessageRow['origin'], file: string): Part {
  if (part.type !== 'file' || part.file.file_id === undefined || origin === 'service') return part
  const { file_id: _, ...rest } = part.file
  if (rest.file_data !== undefined) return { type: 'file', file: rest }
  return { type: 'text', text: [file, rest.filename].filter(Boolean).join(' ') }
}

/** The results of a message's calls, in the calls' order; ids may come again with later calls. */
function resultsOf(call: MessageRow, later: MessageRow[]): MessageRow[] {
  const end = later.findIndex((row) => row.toolCalls !== null)
  const candidates = end === -1 ? later : later.slice(0, end)
  return (call.toolCalls ?? []).flatMap(
    ({ id }) => candidates.find((row) => row.role === 'tool' && row.toolCallId === id) ?? [],
  )
}

const toResult = (row: MessageRow): ModelMessage => ({
  role: 'tool',
  content: row.content,
  tool_call_id: row.toolCallId ?? '',
})
