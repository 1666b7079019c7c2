import type { ModelMessage } from '../model/model.ts'
import type { MessageRow } from '../storage/tables.ts'
import type { Log } from './log.ts'

/** How many of the newest messages a model is sent. */
const CONTEXT_MESSAGES = 20
/** The most calls that one assistant message may make, hence the most results before it. */
const CALLS_PER_MESSAGE = 128

/** The newest messages, oldest first; where they would begin amid the results of a call, from the call on. */
export function newestMessages(log: Log, lastSeq: number): MessageRow[] {
  const rows = log.before(lastSeq + 1, CONTEXT_MESSAGES).rows.toReversed()
  const first = rows[0]
  if (first?.role !== 'tool') return rows
  const earlier = log.before(first.seq, CALLS_PER_MESSAGE).rows
  const call = earlier.findIndex((row) => row.role !== 'tool')
  return [...earlier.slice(0, call + 1).toReversed(), ...rows]
}

/**
 * In the form of the chat-completions API, which refuses a tool call without all of its results right behind it
 * and a result without its call: so they go in together, and what has no counterpart stays out.
 */
export function toModelMessages(rows: MessageRow[]): ModelMessage[] {
  return rows.flatMap((row, index): ModelMessage[] => {
    if (row.role === 'tool') return []
    const content = row.parts ?? row.content
    if (row.role !== 'assistant') return [{ role: row.role, content }]
    if (row.toolCalls === null) return content.length > 0 ? [{ role: 'assistant', content }] : []
    const results = resultsOf(row, rows.slice(index + 1))
    if (results === null) return []
    return [{ role: 'assistant', content, tool_calls: row.toolCalls }, ...results]
  })
}

function resultsOf(call: MessageRow, later: MessageRow[]): ModelMessage[] | null {
  const end = later.findIndex((row) => row.toolCalls !== null)
  const candidates = end === -1 ? later : later.slice(0, end)
  const results = (call.toolCalls ?? []).map(({ id }) =>
    candidates.find((row) => row.role === 'tool' && row.toolCallId === id),
  )
  const found = results.filter((row) => row !== undefined)
  if (found.length < results.length) return null
  return found.map((row) => ({
    role: 'tool',
    content: row.content,
    tool_call_id: row.toolCallId ?? '',
  }))
}
