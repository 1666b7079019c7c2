import type { MessageRow } from '../../storage/tables.ts'
import type { History } from './history.ts'
import { type Head, completeInLog } from './rows.ts'
import type { Tables } from './tables.ts'

/**
 * Deletes what a message says, or some of it: its number and its place stay. Summaries that may tell of it go, on whichever
 * branch they are, and which calls wait is worked out anew. To be called in a transaction that has counted up the version.
 * Returns what follows for the conversation's row, with how many bytes more it takes up.
 *
 * @param rest what is left of it
 */
export function removeWords(
  tables: Tables,
  version: number,
  log: History,
  row: MessageRow,
  rest: MessageRow,
  head: Head,
): { summary: string | null; summarySeq: number; openCalls: string[]; bytes: number } {
  const bytes = completeInLog(tables, version, row, rest)
  const later = 'SELECT seq FROM summaries WHERE seq >= ?'
  for (const { seq } of tables.rows<{ seq: number }>('summaries', later, row.seq)) {
    if (!log.path(seq).has(row.seq)) continue
    tables.change('summaries', 'DELETE FROM summaries WHERE seq = ?', seq)
  }
  const openCalls = log.openAt(head.headSeq)
  return { ...log.summaryOf(log.path(head.headSeq)), openCalls, bytes }
}
