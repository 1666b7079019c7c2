import type { MessageRow } from '../../storage/tables.ts'
import type { History } from './history.ts'
import { type Head, completeInLog } from './rows.ts'

/**
 * Deletes what a message says, or some of it: its number and its place stay. Summaries that may tell of it go, on whichever
 * branch they are, and which calls wait is worked out anew. To be called in a transaction that counts up the version.
 *
 * @param rest what is left of it
 */
export function removeWords(
  sql: SqlStorage,
  log: History,
  row: MessageRow,
  rest: MessageRow,
  head: Head,
): void {
  const bytes = completeInLog(sql, row, rest)
  const later = sql
    .exec<{ seq: number }>('SELECT seq FROM summaries WHERE seq >= ?', row.seq)
    .toArray()
  for (const { seq } of later) {
    if (log.path(seq).has(row.seq)) sql.exec('DELETE FROM summaries WHERE seq = ?', seq)
  }
  const { summary, summarySeq } = log.summaryOf(log.path(head.headSeq))
  sql.exec(
    `UPDATE conversation SET bytes = bytes + ?1, summary = ?2, summary_seq = ?3,
     given_up_seq = min(given_up_seq, ?3), open_calls = ?4`,
    bytes,
    summary,
    summarySeq,
    JSON.stringify(log.openAt(head.headSeq)),
  )
}
