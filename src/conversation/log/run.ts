import { PAGE_CHARS } from '../../contract/limits.ts'
import { lengthOf, messageColumns, toMessageRow } from '../../storage/messages.ts'
import type { MessageRow } from '../../storage/tables.ts'

export const columns = messageColumns.join(', ')

/** Some messages in a row: at most `limit`, and no more text than an answer can carry. */
export interface Run {
  rows: MessageRow[]
  hasMore: boolean
}

/** Messages whose numbers have no gap. */
export type Stretch = readonly [from: number, to: number]

/** The place of the first that begins after a message, among what ascends. */
export function firstAfter<T>(all: T[], seqOf: (one: T) => number, seq: number): number {
  let [from, to] = [0, all.length]
  while (from < to) {
    const middle = (from + to) >>> 1
    if (seqOf(all[middle]!) > seq) to = middle
    else from = middle + 1
  }
  return from
}

/** Whether a message is in one of these stretches, which ascend. */
export function holds(stretches: Stretch[], seq: number): boolean {
  const after = firstAfter(stretches, ([from]) => from, seq)
  return seq <= (stretches[after - 1]?.[1] ?? -1)
}

/**
 * Reads stretches of messages, one after the other, until there is enough.
 *
 * @param where what is asked of a message besides, in SQL
 */
export function read(
  sql: SqlStorage,
  id: string,
  stretches: Iterable<Stretch>,
  order: 'ASC' | 'DESC',
  limit: number,
  where = '1',
): Run {
  const rows: MessageRow[] = []
  let chars = 0
  for (const [from, to] of stretches) {
    // At a bare `LIMIT ?` SQLite plans the query anew each time.
    const cursor = sql
      .exec(
        `SELECT ${columns} FROM messages WHERE seq BETWEEN ? AND ? AND ${where}
         ORDER BY seq ${order} LIMIT ? + 0`,
        from,
        to,
        limit + 1 - rows.length,
      )
      .raw()
    for (const values of cursor) {
      chars += lengthOf(values)
      if (rows.length === limit || (rows.length > 0 && chars > PAGE_CHARS)) {
        return { rows, hasMore: true }
      }
      rows.push(toMessageRow(id, values))
    }
  }
  return { rows, hasMore: false }
}
