import type { Facts } from './page.ts'
import { type Term, matchOfTerm } from './query.ts'
import { ROOM } from './room.ts'
import { type Column, columns } from './texts.ts'

/** Which matches a page has, in which order they come, and where it begins. */
export interface Matching {
  match: string
  conversationId: string | null
  status: 'active' | 'archived' | 'all'
  topic: string | null
  after: number | null
  before: number | null
  from: Place | null
  limit: number
}

/** What is looked for, and where. */
export interface LookedFor {
  terms: Term[]
  columns: Column[]
}

/** A place in the order of matches. */
export interface Place {
  score: number
  at: number
  rowid: number
}

/** A find as it is stored. The texts are in JSON: what is shown of the message and of its conversation, and the texts. */
export interface Match extends Place, Pick<Facts, 'isActive' | 'path'> {
  message: string
  texts: string
  conversation: string
}

/** How much a find in each column counts; a time counts nothing. */
const WEIGHTS: Record<Column, number> = {
  title: 4,
  user: 1,
  assistant: 1,
  reasoning: 0.5,
  calls: 0.5,
  results: 0.5,
  system: 0.5,
}
// Where FTS5 keeps the time and the rest: to ask its table is twice as fast as to ask it, and each match is asked for its time.
const AT = `c${columns.length}`
const SHOWN = `c${columns.length + 1}`
const TEXTS = `c${columns.length + 2}`
const SCORE = `round(bm25(words, ${columns.map((column) => WEIGHTS[column]).join(', ')}), 1)`

/**
 * Matches in their order: the best first, of those that are as good the newest. How good one is has to be worked out for
 * all that match, so nothing else is asked of each but what the query is about.
 */
export function matchesIn(
  sql: SqlStorage,
  wanted: Matching & LookedFor,
  activeSince: number,
): Match[] {
  const { match, from, limit } = wanted
  const filters = filtersOf(sql, wanted, activeSince)
  const where = ['words MATCH ?', ...filters.map(([condition]) => condition)].join(' AND ')
  // The first LIMIT keeps SQLite from working it out anew wherever it is named. A value that is bound to a bare `LIMIT ?` has it
  // plan the whole query anew each time.
  const all = `SELECT rowid AS place, ${isCommon(sql, wanted) ? '0.0' : SCORE} AS score FROM words
    WHERE ${where} LIMIT -1 OFFSET 0`
  const timed = `SELECT place, (SELECT ${AT} FROM words_content WHERE id = place) AS at, score FROM (${all})`
  const after = from ? 'WHERE (score, -at, -place) > (?, ?, ?)' : ''
  const values = from ? [from.score, -from.at, -from.rowid] : []
  // An object for each row would take twice as long.
  const rows = sql
    .exec(
      `SELECT place, at, score, ${SHOWN}, ${TEXTS}, shown, is_active, quiet_since, path
       FROM (SELECT * FROM (${timed}) ${after} ORDER BY score, at DESC, place DESC LIMIT ? + 0)
       JOIN words_content AS kept ON kept.id = place JOIN conversations AS c ON n = place / ${ROOM}
       ORDER BY score, at DESC, place DESC`,
      match,
      ...filters.flatMap(([, ...some]) => some),
      ...values,
      limit,
    )
    .raw()
  return Array.from(rows, (row) => {
    const [rowid, at, score, message, texts, conversation, active, quietSince, path] =
      row as unknown as Row
    const isActive = active === 1 && quietSince > activeSince
    return { rowid, at, score, message, texts, conversation, isActive, path }
  })
}

type Row = [
  rowid: number,
  at: number,
  score: number,
  message: string,
  texts: string,
  conversation: string,
  active: 0 | 1,
  quietSince: number,
  path: string | null,
]

/** From how many rows on it pays to find out. */
const MANY = 500

/**
 * Whether every term stands in at least half of all rows. Then bm25 gives each match less than one in a million
 * (https://www.sqlite.org/fts5.html#the_bm25_function), which is rounded to nothing: it need not be worked out.
 */
function isCommon(sql: SqlStorage, { terms, columns: among }: LookedFor): boolean {
  const count = (what: string, ...values: string[]) =>
    sql.exec<{ n: number }>(`SELECT count(*) AS n FROM ${what}`, ...values).one().n
  if (count(`(SELECT 1 FROM words_docsize LIMIT ${MANY})`) < MANY) return false
  if (terms.some(({ whole }) => whole !== null)) return false
  const counts: number[] = []
  for (const term of terms) {
    const n = count('words WHERE words MATCH ?', matchOfTerm(term, among))
    if (n * 2 < MANY) return false
    counts.push(n)
  }
  // Who has much is not counted for a word that few messages have.
  const all = count('words_docsize')
  return counts.every((n) => n * 2 >= all)
}

type Filter = [condition: string, ...values: SqlStorageValue[]]

function filtersOf(sql: SqlStorage, wanted: Matching, activeSince: number): Filter[] {
  const { conversationId, after, before, topic, status } = wanted
  const filters: Filter[] = []
  if (conversationId !== null) {
    filters.push(['rowid BETWEEN ? AND ?', ...rangeOf(sql, conversationId)])
  }
  if (after !== null) filters.push(['at >= ?', after])
  if (before !== null) filters.push(['at < ?', before])
  const among = (condition: string, value: SqlStorageValue) =>
    filters.push([`rowid / ${ROOM} IN (SELECT n FROM conversations WHERE ${condition})`, value])
  if (topic !== null) among('topic = ?', topic)
  // Archived is what was archived, or has been quiet for so long: as its object says it.
  const isActive = 'is_active = 1 AND quiet_since > ?'
  if (status !== 'all') among(status === 'active' ? isActive : `NOT (${isActive})`, activeSince)
  return filters
}

function rangeOf(sql: SqlStorage, id: string): [number, number] {
  const [row] = sql.exec<{ n: number }>('SELECT n FROM conversations WHERE id = ?', id).toArray()
  const n = row?.n ?? 0
  return [n * ROOM, (n + 1) * ROOM - 1]
}
