import type { MessageRow } from '../../storage/tables.ts'
import type { History } from '../log/history.ts'

/** The results of tools right behind a message, on the newest of the branches that have some. */
export function resultsOf(log: History, row: Pick<MessageRow, 'seq' | 'toolCalls'>): MessageRow[] {
  if (row.toolCalls === null) return []
  const results: MessageRow[] = []
  for (let next = resultAfter(log, row.seq); next; next = resultAfter(log, next.seq)) {
    results.push(next)
  }
  return results
}

/** The number of the last of these; of the message itself if there are none. */
export function lastResult(log: History, seq: number): number {
  const row = log.messageAt(seq)
  return row ? (resultsOf(log, row).at(-1)?.seq ?? seq) : seq
}

const resultAfter = (log: History, seq: number): MessageRow | null =>
  log
    .childrenOf(seq)
    .toReversed()
    .map((child) => log.messageAt(child))
    .find((child) => child?.role === 'tool') ?? null

/** The message that one follows in a thread, which has no messages of tools. */
export function spokenBefore(log: History, seq: number, parentOf: (row: MessageRow) => number) {
  let row = seq === 0 ? null : log.messageAt(seq)
  while (row?.role === 'tool') row = log.messageAt(parentOf(row))
  return row?.id ?? null
}
