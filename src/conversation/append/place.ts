import type { ImportedMessage } from '../../contract/import.ts'
import type { Draft } from '../../contract/message.ts'
import { type MessageRow, parentOf } from '../../storage/tables.ts'
import type { History } from '../log/history.ts'
import { openAfter } from '../log/open-calls.ts'
import { type Head, headSeqIn } from '../log/rows.ts'
import { callsOf, isBeginningOf, meant, saysTheSame } from './same.ts'

export interface Placed {
  /** The messages that are new, as they are to be kept. */
  fresh: MessageRow[]
  /** Those that stand here as an earlier file had cut them, and as they are to be now. */
  completed: [cut: MessageRow, whole: MessageRow][]
  /** Where each message of the file stands then, by its number. */
  places: number[]
}

/** Where the messages of a file stand in a log, or will. */
export function place(
  log: History,
  conversationId: string,
  lastSeq: number,
  messages: ImportedMessage[],
): Placed {
  const placed: Placed = { fresh: [], completed: [], places: [] }
  const { fresh, completed, places } = placed
  const taken = new Set<string>()
  // Where the file says otherwise what stands here under the same id, and all that follows it there.
  const otherwise = new Set<number>()
  const names = new Map<string | null, string>()
  for (const [index, { follows = index, ...given }] of messages.entries()) {
    const message = { ...given, toolCallId: names.get(given.toolCallId) ?? given.toolCallId }
    const parent = follows === 0 ? 0 : places[follows - 1]!
    const below = otherwise.has(parent) ? parent : null
    const known = standingAs(log, message, taken, below)
    // A result answers the call that stands here, which may have another id.
    for (const [n, { id }] of (message.toolCalls ?? []).entries()) {
      names.set(id, (typeof known === 'string' ? null : known.toolCalls?.[n]?.id) ?? id)
    }
    if (typeof known !== 'string') {
      places.push(known.seq)
      if (below !== null || known.id !== message.id) otherwise.add(known.seq)
      const { id, seq, parentSeq } = known
      if (isMore(message, known) && !isAnsweredHere(log, known)) {
        completed.push([known, { ...message, id, conversationId, seq, parentSeq }])
      }
      continue
    }
    const seq = lastSeq + fresh.length + 1
    places.push(seq)
    if (below !== null || known !== message.id) otherwise.add(seq)
    taken.add(known)
    const parentSeq = parent === seq - 1 ? null : parent
    fresh.push({ ...message, id: known, conversationId, seq, parentSeq })
  }
  return placed
}

/**
 * Where a new conversation is that goes on below a message of it: what `goTo` finds, without reading what is just being
 * written.
 */
export function endOf(
  fresh: MessageRow[],
  head: number,
): Pick<Head, 'openCalls' | 'headId'> & { headSeq: number | null } {
  const below = new Set([head])
  let leaf = fresh[head - 1]
  for (const row of fresh.slice(head)) {
    if (!below.has(parentOf(row))) continue
    below.add(row.seq)
    leaf = row
  }
  const line: MessageRow[] = []
  for (let row = leaf; row; row = fresh[parentOf(row) - 1]) line.push(row)
  return {
    headSeq: leaf ? headSeqIn({ lastSeq: fresh.length }, leaf.seq) : null,
    headId: leaf?.id ?? null,
    openCalls: openAfter([], line.toReversed()),
  }
}

/**
 * The message if it stands here, whole or cut; else the id that it gets, for its own may stand for other words.
 *
 * @param below the message that it has to follow; null if it may stand anywhere
 */
function standingAs(
  log: History,
  message: ImportedMessage,
  taken: Set<string>,
  below: number | null,
): MessageRow | string {
  for (let version = 1; ; version += 1) {
    const id = version === 1 ? message.id : `${message.id.slice(0, 120)}.${version}`
    const row = log.messageById(id)
    if (row === null && !taken.has(id)) return id
    if (row && below !== null && parentOf(row) !== below) continue
    // What was deleted here stays so, however often its file comes.
    if (row?.status === 'deleted') return row
    if (row && (saysTheSame(row, message) || isCutOf(message, row))) return row
    if (row && isMore(message, row) && !isAnsweredHere(log, row)) return row
  }
}

/** Whether the first is the beginning of the second: a file that is made while an answer is written has it so. */
const isCutOf = (cut: Draft, whole: Draft): boolean =>
  cut.role === 'assistant' &&
  whole.role === 'assistant' &&
  cut.status === 'interrupted' &&
  isBeginningOf(cut, whole) &&
  (cut.toolCalls === null || meant(callsOf(cut.toolCalls)) === meant(callsOf(whole.toolCalls)))

/** Whether a file has more of a message that an earlier one had cut. */
const isMore = (message: Draft, row: MessageRow): boolean =>
  row.origin === 'import' &&
  isCutOf(row, message) &&
  (message.status === 'complete' || message.content.length > row.content.length)

/** What somebody here has answered stays as they saw it. */
const isAnsweredHere = (log: History, { seq }: MessageRow): boolean =>
  log.childrenOf(seq).some((child) => log.messageAt(child)?.origin !== 'import')
