import type { Caller } from '../../contract/caller.ts'
import type { JsonObject } from '../../contract/json.ts'
import { PAGE_CHARS } from '../../contract/limits.ts'
import type { Message } from '../../contract/message.ts'
import type { Answer } from '../../contract/problem.ts'
import type { MessageRow } from '../../storage/tables.ts'
import { toRead } from './access.ts'
import type { History } from './history.ts'
import { toMessages } from './wire.ts'

/** How many messages one model's turn with its tool calls is looked for in. */
const TURN_MESSAGES = 200

/** How a client's own copy of a conversation stands to the log. */
export interface Standings {
  /** Those of its messages that are here, in the order in which it named them. */
  known: Message[]
  /** The rest of the model's turn that the last of them belongs to: results of calls, and what was said after them. */
  rest: Message[]
  /** Whether the last of them is on the line that the conversation is on. */
  isOnLine: boolean
  /** The newest reply of a model right after the last of them. */
  newestReply: string | null
  running: RunningTurn | null
  /** Whether there is any message. */
  isBegun: boolean
}

export interface RunningTurn {
  id: string
  /** The message that it answers. */
  answers: string
  /** What is kept with it once it is complete. */
  extra: JsonObject | null
  /** The turn that it goes on with, if it answers results of calls. */
  turn: Message[]
}

type Running = { id: string; answersSeq: number; extra?: JsonObject | null | undefined }

/**
 * What somebody has to know who keeps messages too, before going on: which of them are here, and what follows them. Costs
 * what they name, not what the conversation holds.
 *
 * @param ids of messages, as they follow one another; those that are not here are passed over
 */
export function standing(
  { log, current: { running } }: { log: History; current: { running: Running | null } },
  caller: Caller,
  ids: string[],
): Answer<Standings> {
  const access = toRead(log.head(), caller)
  if (!access.ok) return access
  const { head } = access
  const rows = newestOf(log, ids)
  const last = rows.at(-1)
  const line = log.path(head.headSeq)
  const isOnLine = last === undefined || line.has(last.seq)
  return {
    ok: true,
    known: toMessages(log, rows),
    rest: last?.role === 'assistant' ? toMessages(log, restOf(log, last, isOnLine)) : [],
    isOnLine,
    newestReply: last ? newestReplyTo(log, last) : null,
    running: running && runningTurn(log, running),
    isBegun: head.lastSeq > 0,
  }
}

/** Messages by their ids, no more text than an answer can carry: if there is more, the last of them. */
function newestOf(log: History, ids: string[]): MessageRow[] {
  const rows: MessageRow[] = []
  let chars = 0
  for (const id of ids.toReversed()) {
    const row = log.messageById(id)
    if (row === null) continue
    chars += JSON.stringify([row.content, row.parts, row.toolCalls, row.extra]).length
    if (rows.length > 0 && chars > PAGE_CHARS) break
    rows.push(row)
  }
  return rows.toReversed()
}

/** What follows an assistant's message until a person speaks, or the model speaks anew. */
function restOf(log: History, { seq }: MessageRow, isOnLine: boolean): MessageRow[] {
  const line = isOnLine ? log.path() : log.path(log.newestLeafBelow(seq))
  const { rows } = line.after(seq, TURN_MESSAGES)
  const end = rows.findIndex((row, index) => !goesOn(row, rows[index - 1]))
  return end === -1 ? rows : rows.slice(0, end)
}

/** Whether a message goes on with the turn of the one before it. */
const goesOn = ({ role }: MessageRow, before: MessageRow | undefined): boolean =>
  role === 'tool' || (role === 'assistant' && before?.role === 'tool')

function newestReplyTo(log: History, { seq }: MessageRow): string | null {
  const replies = log.childrenOf(seq).flatMap((child) => log.messageAt(child) ?? [])
  return replies.findLast(({ role }) => role === 'assistant')?.id ?? null
}

function runningTurn(log: History, { id, answersSeq, extra }: Running): RunningTurn | null {
  const answered = log.messageAt(answersSeq)
  if (answered === null) return null
  const turn = answered.role === 'tool' ? toMessages(log, turnUpTo(log, answered)) : []
  return { id, answers: answered.id, extra: extra ?? null, turn }
}

/** The turn that a result of a call belongs to, up to that. */
function turnUpTo(log: History, row: MessageRow): MessageRow[] {
  const rows = log
    .path(row.seq)
    .before(row.seq + 1, TURN_MESSAGES)
    .rows.toReversed()
  const first = rows.findLastIndex(
    (one, index) => one.role === 'assistant' && rows[index - 1]?.role !== 'tool',
  )
  return first === -1 ? [row] : rows.slice(first)
}
