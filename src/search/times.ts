import { ROOM } from './room.ts'

/** Messages of one row, and the digits of each time: ms since the epoch, until the year 2286. */
const MESSAGES = 256
const DIGITS = 13

export const TIMES = 'CREATE TABLE times (id INTEGER PRIMARY KEY, digits BLOB NOT NULL);'

/** In SQL: when a message was said, by its rowid. It stands close to those of its neighbours, since many are asked for. */
export const timeOf = (rowid: string): string =>
  `(SELECT CAST(substr(digits, ${rowid} % ${MESSAGES} * ${DIGITS} + 1, ${DIGITS}) AS INTEGER)
    FROM times WHERE id = ${rowid} / ${MESSAGES})`

const rowOf = (rowid: number): number => Math.floor(rowid / MESSAGES)

/** Keeps the times of some messages of conversation `n`. */
export function keepTimes(sql: SqlStorage, n: number, said: { seq: number; at: number }[]): void {
  const rowids = said.map(({ seq, at }) => ({ rowid: n * ROOM + seq, at }))
  for (const [id, some] of Map.groupBy(rowids, ({ rowid }) => rowOf(rowid))) {
    const [row] = sql
      .exec<{ digits: string }>('SELECT CAST(digits AS TEXT) AS digits FROM times WHERE id = ?', id)
      .toArray()
    const before = row?.digits ?? ''
    const times = Array.from({ length: before.length / DIGITS }, (_, index) =>
      before.slice(index * DIGITS, (index + 1) * DIGITS),
    )
    for (const { rowid, at } of some) times[rowid % MESSAGES] = digitsOf(at)
    const digits = Array.from(times, (time) => time ?? digitsOf(0)).join('')
    if (digits === before) continue
    // Of a blob SQLite finds a part without walking up to it.
    sql.exec('INSERT OR REPLACE INTO times VALUES (?, CAST(? AS BLOB))', id, digits)
  }
}

const digitsOf = (at: number): string =>
  String(Math.min(Math.max(at, 0), 10 ** DIGITS - 1)).padStart(DIGITS, '0')

/** Lets go of the times of conversation `n`. */
export const dropTimes = (sql: SqlStorage, n: number): void =>
  void sql.exec(
    'DELETE FROM times WHERE id BETWEEN ? AND ?',
    rowOf(n * ROOM),
    rowOf((n + 1) * ROOM - 1),
  )
