import { openDatabase } from '../../storage/database.ts'
import { messageIds } from '../../storage/reconciliation.ts'
import type { ConversationRow } from '../../storage/tables.ts'
import type { Core } from '../duties/core.ts'
import type { Head } from '../log/rows.ts'
import { isEarlier } from './kinship.ts'

/** Messages compared in one query. */
const CHUNK = 5_000
/** How many differences of one conversation are told. */
const SHOWN = 20

/** A place at which log and record hold other messages; null if one of them holds none. */
interface Difference {
  seq: number
  logId: string | null
  recordId: string | null
}

/**
 * How the record stands to a log: `equal`; `behind` by some messages or changes; `ahead` by messages that the log lacks,
 * without a contradiction; `different`, a contradiction; `replaced`, an earlier conversation of the same id; `orphaned`,
 * a row whose object holds nothing; `absent`, in neither place; `erasing`; or `failed`: D1 did not answer. `link` says
 * how the record's link of its session is.
 */
export type Standing = (
  | { kind: 'equal' | 'replaced' | 'orphaned' | 'absent' | 'erasing' | 'failed' }
  | { kind: 'behind' | 'ahead'; messages: number }
  | { kind: 'different'; differences: Difference[] }
) & { link?: LinkStanding }

/** The link that made a user of a session's owner: there, forgotten by a restore of D1, or another user's by now. */
export type LinkStanding = 'well' | 'missing' | 'different'

/** `from` is the first `seq` at which they differ; null if no message does. */
interface Compared {
  standing: Standing
  from: number | null
}

/** Message by message, by their ids: what has the same id is the same. */
export async function compare(
  { settings, log }: Core,
  head: Head,
  theirs: ConversationRow | null,
): Promise<Compared> {
  if (theirs === null) return { standing: { kind: 'behind', messages: head.lastSeq }, from: 1 }
  const db = openDatabase(settings().DB)
  const differences: Difference[] = []
  let from: number | null = null
  let [lacking, excess, contradictions] = [0, 0, 0]
  for (let after = 0; ; after += CHUNK) {
    const held = await messageIds(db, head.id, after, after + CHUNK)
    const logged = new Map(log.ids(after, after + CHUNK))
    const seqs = new Set([...logged.keys(), ...held.keys()])
    for (const seq of [...seqs].toSorted((a, b) => a - b)) {
      const [logId, recordId] = [logged.get(seq) ?? null, held.get(seq) ?? null]
      if (logId === recordId) continue
      from ??= seq
      if (recordId === null) lacking += 1
      else if (logId === null) excess += 1
      else contradictions += 1
      if (recordId !== null && differences.length < SHOWN)
        differences.push({ seq, logId, recordId })
    }
    if (after + CHUNK >= Math.max(head.lastSeq, theirs.lastSeq)) break
  }
  // The log may have gone on meanwhile, and the record with it.
  const now = log.head() ?? head
  const isPending = head.flushedSeq < head.lastSeq || head.flushedVersion < head.version
  const isAhead = theirs.lastSeq > now.lastSeq || theirs.version > now.version
  const isOnlyAhead = contradictions === 0 && excess > 0 && lacking === 0
  // A log that was used since may have been made anew from a file: then what it lacks was erased.
  if (isOnlyAhead && !isPending && isEarlier(now, theirs)) {
    return { standing: { kind: 'ahead', messages: excess }, from }
  }
  if (contradictions > 0 || excess > 0 || isAhead) {
    return { standing: { kind: 'different', differences }, from }
  }
  const isEqual = lacking === 0 && theirs.lastSeq >= head.lastSeq && theirs.version >= head.version
  return { standing: isEqual ? { kind: 'equal' } : { kind: 'behind', messages: lacking }, from }
}
