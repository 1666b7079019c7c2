import type { ImportedMessage } from '../../contract/import.ts'
import { type MessageRow, parentOf } from '../../storage/tables.ts'
import type { History } from '../log/history.ts'
import { openAfter } from '../log/open-calls.ts'
import { type Head, headSeqIn } from '../log/rows.ts'
import { Filed, wholeOf } from './filed.ts'

export interface Placed {
  /** The messages that are new, as they are to be kept. */
  fresh: MessageRow[]
  /** Those that stand here as an earlier file had cut them, and as they are to be now. */
  completed: [cut: MessageRow, whole: MessageRow][]
  /** Where each message of the file stands then, by its number. */
  places: number[]
}

/** Where the messages of a file stand in a log, or will. `isNewer`: what stands here is newer than the file. */
export function place(
  log: History,
  conversationId: string,
  { lastSeq, isNewer }: { lastSeq: number; isNewer: boolean },
  messages: ImportedMessage[],
): Placed {
  const placed: Placed = { fresh: [], completed: [], places: [] }
  const { fresh, completed, places } = placed
  const filed = new Filed(log, lastSeq, messages)
  const followed = new Set(messages.map(({ follows }, index) => follows ?? index))
  // Where the file says otherwise what stands here under the same id, and all that follows it there.
  const otherwise = new Set<number>()
  const names = new Map<string | null, string>()
  for (const [index, { follows = index, ...given }] of messages.entries()) {
    const message = { ...given, toolCallId: names.get(given.toolCallId) ?? given.toolCallId }
    const parent = follows === 0 ? 0 : places[follows - 1]!
    const isBelow = otherwise.has(parent)
    const isEarlier = isNewer && !followed.has(index + 1)
    const known = filed.standingAs(message, { parent, isBelow, isEarlier })
    // A result answers the call that stands here, which may have another id.
    for (const [n, { id }] of (message.toolCalls ?? []).entries()) {
      names.set(id, (typeof known === 'string' ? null : known.toolCalls?.[n]?.id) ?? id)
    }
    if (typeof known !== 'string') {
      places.push(known.seq)
      if (isBelow || known.id !== message.id) otherwise.add(known.seq)
      const whole = wholeOf(log, message, known)
      if (whole) completed.push([known, whole])
      continue
    }
    const seq = lastSeq + fresh.length + 1
    places.push(seq)
    if (isBelow || known !== message.id) otherwise.add(seq)
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
