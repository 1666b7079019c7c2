import type { ModelMessage } from '../../model/model.ts'
import { phrasesIn } from '../../model/phrases.ts'
import type { MessageRow } from '../../storage/tables.ts'
import type { History } from '../log/history.ts'
import type { Path } from '../log/path.ts'
import type { Head } from '../log/rows.ts'
import { cutMessage, messageTokens } from './tokens.ts'
import { type Unit, unitsOf } from './units.ts'

/** The most calls that one assistant message may make, hence the most results that may stand before it. */
const CALLS_PER_MESSAGE = 128
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
  log: History,
  head: Head,
  limits: ContextLimits,
  path = log.path(head.headSeq),
): ContextWindow {
  const rows = newestRows(path, limits.maxMessages)
  const phrases = phrasesIn(head.language)
  const mark = phrases.cut
  const system = (content: string): ModelMessage => ({ role: 'system', content })
  const prompt = limits.systemPrompt ? [system(limits.systemPrompt)] : []
  const left = limits.maxTokens - tokensOf(prompt) - limits.otherTokens
  // What a person asked last is answered, whatever else has to go.
  const atLeast = leastRoom(limits.maxTokens)
  const own = newestThatFit(
    path
      .newestSystem(SYSTEM_MESSAGES)
      .toReversed()
      .map((row) => ({ rows: [row], messages: [system(row.content)] })),
    SYSTEM_MESSAGES,
    Math.max(0, left - atLeast),
    mark,
  )
  const systemRows = own.flatMap((unit) => unit.rows)
  const front = [...prompt, ...own.flatMap((unit) => unit.messages)]
  const units = unitsOf(rows, phrases, limits.isOpenEnd)
  const room = Math.max(left - tokensOf(front.slice(prompt.length)), atLeast)
  let chosen = newestThatFit(units, limits.maxMessages, room, mark)
  const whole = summaryOf(head, path, chosen, systemRows)
  // It leaves the messages at least half of the room.
  const summary = whole && cutMessage(whole, Math.floor(room / 2), `${mark}\n</summary>`)
  if (summary) {
    const rest = room - messageTokens(summary)
    chosen = newestThatFit(units, limits.maxMessages, rest, mark)
  }
  const messages = [
    ...front,
    ...(summary ? [summary] : []),
    ...chosen.flatMap((unit) => unit.messages),
  ]
  const seqs = chosen.flatMap((unit) => unit.rows.map((row) => row.seq))
  return {
    messages,
    summaryUsed: summary !== null,
    firstSeq: seqs.length > 0 ? Math.min(...seqs) : null,
    lastSeq: seqs.length > 0 ? Math.max(...seqs) : null,
    messageCount: seqs.length + systemRows.length,
    tokenEstimate: tokensOf(messages) + limits.otherTokens,
  }
}

/** How much of a context is for what was said, whatever else is sent. */
export const leastRoom = (maxTokens: number): number => Math.ceil(maxTokens / 4)

const tokensOf = (messages: ModelMessage[]): number =>
  messages.reduce((sum, message) => sum + messageTokens(message), 0)

/** The newest messages, oldest first; if they would begin amid the results of a call, from the call on. */
function newestRows(path: Path, limit: number): MessageRow[] {
  const rows = path.newestSpoken(limit).toReversed()
  const first = rows[0]
  if (first?.role !== 'tool') return rows
  const earlier = path.before(first.seq, CALLS_PER_MESSAGE).rows
  const call = earlier.findIndex((row) => row.role !== 'tool')
  return [...earlier.slice(0, call + 1).toReversed(), ...rows]
}

/** From the newest back. The first that does not fit ends it; one that never could is cut to what room there is. */
function newestThatFit(units: Unit[], maxMessages: number, room: number, mark: string): Unit[] {
  const chosen: Unit[] = []
  let left = room
  let count = 0
  for (const unit of units.toReversed()) {
    count += unit.rows.length
    const isNewest = chosen.length === 0
    if (count > maxMessages && !isNewest) break
    const tokens = unit.messages.reduce((sum, message) => sum + messageTokens(message, room), 0)
    if (tokens <= left) {
      chosen.push(unit)
      left -= tokens
      continue
    }
    if (isNewest || tokens > room) chosen.push(cutUnit(unit, left, mark))
    break
  }
  return chosen.toReversed()
}

/** Cuts what is longer than its share; what is shorter leaves its rest to the others. */
function cutUnit(unit: Unit, room: number, mark: string): Unit {
  let left = room
  let waiting = unit.messages.length
  const bySize = unit.messages.toSorted((a, b) => messageTokens(a, room) - messageTokens(b, room))
  const cut = new Map<ModelMessage, ModelMessage>()
  for (const message of bySize) {
    const share = Math.floor(left / waiting)
    const fits = messageTokens(message, share + 1) <= share
    const kept = fits ? message : cutMessage(message, share, mark)
    cut.set(message, kept)
    left = Math.max(0, left - messageTokens(kept, left))
    waiting -= 1
  }
  return { ...unit, messages: unit.messages.map((message) => cut.get(message) ?? message) }
}

/** The summary as a message, if something is left out that it covers. Its text can't end its own fence. */
function summaryOf(
  head: Head,
  path: Path,
  chosen: Unit[],
  systemRows: MessageRow[],
): ModelMessage | null {
  if (head.summary === null) return null
  const first = Math.min(...chosen.flatMap((unit) => unit.rows.map((row) => row.seq)), path.end + 1)
  const inFront = systemRows.filter((row) => row.seq < first).length
  if (path.countBelow(first, inFront + 1) <= inFront) return null
  const text = head.summary.replaceAll('&', '&amp;').replaceAll('<', '&lt;')
  const intro = phrasesIn(head.language).summaryHead
  return { role: 'system', content: `${intro}\n<summary>\n${text}\n</summary>` }
}
