/** UTF-16 units of one piece: a row takes 2 MB, and a unit at most three bytes. */
const PIECE_CHARS = 500_000

/** Keeps what an import brought that has no field, in place of what was there. */
export function keepExtra(sql: SqlStorage, json: string): void {
  sql.exec('DELETE FROM extra')
  for (let from = 0, n = 1; from < json.length; n += 1) {
    let to = Math.min(from + PIECE_CHARS, json.length)
    // A character of two units that is cut in two would be two broken ones.
    if (/[\uD800-\uDBFF]/.test(json[to - 1] ?? '')) to -= 1
    sql.exec('INSERT INTO extra (n, piece) VALUES (?, ?)', n, json.slice(from, to))
    from = to
  }
}

/** JSON, or null where there is nothing. */
export function readExtra(sql: SqlStorage): string | null {
  const rows = sql.exec<{ piece: string }>('SELECT piece FROM extra ORDER BY n').toArray()
  return rows.length === 0 ? null : rows.map(({ piece }) => piece).join('')
}
