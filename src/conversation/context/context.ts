import type { ModelMessage } from '../../model/model.ts'
import { phrasesIn } from '../../model/phrases.ts'
import type { MessageRow } from '../../storage/tables.ts'
import type { History } from '../log/history.ts'
import type { Head } from '../log/rows.ts'
import { CALLS_PER_MESSAGE, type ContextPath, begunByAPerson } from './begun.ts'
import { newestThatFit, tokensOf } from './fit.ts'
import { cutMessage, messageTokens } from './tokens.ts'
import { asOne } from './turns.ts'
import { type Unit, unitsOf } from './units.ts'

/** How many of a conversation's own system messages are kept in front, the newest of them. */
const SYSTEM_MESSAGES = 20

export interface ContextLimits {
  maxMessages: number
  /** Estimated. */
  maxTokens: number
  /** Comes first, always. */
  systemPrompt: string | undefined
  /** Tokens of what a request sends beside messages: its tools. */
  otherTokens: number
  /** Whether tool calls at the very end may still lack results. */
  isOpenEnd: boolean
}

/** What a model is sent. `firstSeq` and `lastSeq` are null if no message of the conversation is in. */
export interface ContextWindow {
  messages: ModelMessage[]
  summaryUsed: boolean
  firstSeq: number | null
  lastSeq: number | null
  /** Messages of the conversation that are in, its own system messages included. */
  messageCount: number
  tokenEstimate: number
}

/**
 * The newest messages that fit, oldest first; in front of them what is always there, and the summary of what is
 * not. The reads are few and the same in number, however long the conversation is.
 */
export function contextWindow(
  log: Pick<History, 'path'>,
  head: Pick<Head, 'headSeq' | 'summary' | 'language'>,
  limits: ContextLimits,
  path: ContextPath = log.path(head.headSeq),
): ContextWindow {
  const rows = newestRows(path, limits.maxMessages)
  const phrases = phrasesIn(head.language)
  const mark = phrases.cut
  const prompt = limits.systemPrompt ? [system(limits.systemPrompt)] : []
  const left = limits.maxTokens - tokensOf(prompt) - limits.otherTokens
  // What a person asked last is answered, whatever else has to go.
  const atLeast = leastRoom(limits.maxTokens)
  const own = newestThatFit(
    path
      .newestSystem(SYSTEM_MESSAGES)
      .toReversed()
      .filter((row) => row.content.trim() !== '')
      .map((row) => ({ rows: [row], messages: [system(row.content)] })),
    SYSTEM_MESSAGES,
    Math.max(0, left - atLeast),
    mark,
  )
  const systemRows = own.flatMap((unit) => unit.rows)
  const front = own.flatMap((unit) => unit.messages)
  const units = unitsOf(rows, phrases, limits.isOpenEnd)
  const room = Math.max(left - tokensOf(front), atLeast)
  const chosenIn = (tokens: number) =>
    begunByAPerson({ path, rows, units, phrases }, { ...limits, room: tokens })
  let chosen = chosenIn(room)
  const whole = summaryOf(head, path, chosen.units, systemRows)
  // It leaves the messages at least half of the room.
  const summary = whole && cutMessage(whole, Math.floor(room / 2), `${mark}\n</summary>`)
  if (summary) chosen = chosenIn(room - messageTokens(summary))
  const spoken = [...chosen.lead, ...chosen.units]
  const messages = [
    ...prompt,
    ...front,
    ...(summary ? [summary] : []),
    ...spoken.flatMap((unit) => unit.messages),
    ...chosen.end,
  ]
  const seqs = spoken.flatMap((unit) => unit.rows.map((row) => row.seq))
  return {
    messages: asOne(messages),
    summaryUsed: summary !== null,
    firstSeq: seqs.length > 0 ? Math.min(...seqs) : null,
    lastSeq: seqs.length > 0 ? Math.max(...seqs) : null,
    messageCount: seqs.length + systemRows.length,
    // Of each by itself, as they were chosen: a text that was just joined has not been counted before.
    tokenEstimate: tokensOf(messages) + limits.otherTokens,
  }
}

const system = (content: string): ModelMessage => ({ role: 'system', content })

/** How much of a context is for what was said, whatever else is sent. */
export const leastRoom = (maxTokens: number): number => Math.ceil(maxTokens / 4)

/** The newest messages, oldest first; if they would begin amid the results of a call, from the call on. */
function newestRows(path: ContextPath, limit: number): MessageRow[] {
  const rows = path.newestSpoken(limit).toReversed()
  const first = rows[0]
  if (first?.role !== 'tool') return rows
  const earlier = path.before(first.seq, CALLS_PER_MESSAGE).rows
  const call = earlier.findIndex((row) => row.role !== 'tool')
  return [...earlier.slice(0, call + 1).toReversed(), ...rows]
}

/** The summary as a message, if something is left out that it covers. Its text can't end its own fence. */
function summaryOf(
  head: Pick<Head, 'summary' | 'language'>,
  path: ContextPath,
  chosen: Unit[],
  systemRows: MessageRow[],
): ModelMessage | null {
  if (head.summary === null) return null
  const first = Math.min(...chosen.flatMap((unit) => unit.rows.map((row) => row.seq)), path.end + 1)
  const inFront = systemRows.filter((row) => row.seq < first).length
  if (path.countBelow(first, inFront + 1) <= inFront) return null
  const text = head.summary.replaceAll('&', '&amp;').replaceAll('<', '&lt;')
  const intro = phrasesIn(head.language).summaryHead
  return system(`${intro}\n<summary>\n${text}\n</summary>`)
}
