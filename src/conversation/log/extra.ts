import type { ExtraPage } from '../../contract/portable.ts'
import type { Tables } from './tables.ts'

/** UTF-16 units of one piece: a row takes 2 MB, and a unit at most three bytes. */
const PIECE_CHARS = 500_000

/** Pieces that one answer carries: RPC takes 32 MiB, and a piece at most a million bytes. */
const PIECES_AT_ONCE = 8

/**
 * Keeps what an import brought that has no field, in place of what was there. The pieces get new numbers: who has read
 * some of the old ones finds no more, and so never joins old and new.
 */
export function keepExtra(tables: Tables, json: string): void {
  const sql = tables.made('extra')
  const { last } = sql.exec<{ last: number }>('SELECT coalesce(max(n), 0) AS last FROM extra').one()
  sql.exec('DELETE FROM extra')
  addExtra(tables, json, last)
}

/** Keeps it where nothing is. */
export function addExtra(tables: Tables, json: string, after = 0): void {
  const sql = tables.made('extra')
  for (let from = 0, n = after + 1; from < json.length; n += 1) {
    let to = Math.min(from + PIECE_CHARS, json.length)
    // A character of two units that is cut in two would be two broken ones.
    if (/[\uD800-\uDBFF]/.test(json[to - 1] ?? '')) to -= 1
    sql.exec('INSERT INTO extra (n, piece) VALUES (?, ?)', n, json.slice(from, to))
    from = to
  }
}

/** JSON, or null if there is nothing. */
export function readExtra(tables: Tables): string | null {
  const rows = tables.rows<{ piece: string }>('extra', 'SELECT piece FROM extra ORDER BY n')
  return rows.length === 0 ? null : rows.map(({ piece }) => piece).join('')
}

/** The pieces after one, up to `upTo`, or to the last of now if that is null; null if they are no longer there. */
export function extraAfter(tables: Tables, after: number, upTo: number | null): ExtraPage | null {
  const sql = tables.ifThere('extra')
  if (!sql) return upTo === null ? { pieces: [], last: after, upTo: after } : null
  const { newest } = sql.exec<{ newest: number | null }>('SELECT max(n) AS newest FROM extra').one()
  if (upTo !== null && newest !== upTo) return null
  const rows = sql
    .exec<{ n: number; piece: string }>(
      `SELECT n, piece FROM extra WHERE n > ? ORDER BY n LIMIT ${PIECES_AT_ONCE}`,
      after,
    )
    .toArray()
  const last = rows.at(-1)?.n ?? newest ?? after
  return { pieces: rows.map(({ piece }) => piece), last, upTo: newest ?? after }
}
