import type { Facts } from './page.ts'
import type { Term } from './query.ts'
import { ROOM } from './room.ts'
import { type Column, columns } from './texts.ts'
import { timeOf } from './times.ts'

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
// Where FTS5 keeps the rest: to ask its table is twice as fast as to ask it.
const SHOWN = `c${columns.length}`
const TEXTS = `c${columns.length + 1}`
const SCORE = `round(bm25(words, ${columns.map((column) => WEIGHTS[column]).join(', ')}), 1)`

/** Of more matches the newest come first, after those of titles: to work out how good each is would take long. */
const MANY = 500
const ARE_MANY = `(SELECT count(*) FROM (SELECT 1 FROM words WHERE words MATCH ?1 LIMIT ${MANY + 1})) > ${MANY}`
/** Scores of those; other ones are not above 0. */
const BY_TIME = `CASE rowid % ${ROOM} WHEN 0 THEN 1 ELSE 2 END`

/**
 * Matches in their order: the best first, of those that are as good the newest. How good one is has to be worked out for
 * all that match, so nothing else is asked of each but what the query is about. It is one statement, for each costs more
 * than what most of them do.
 */
export function matchesIn(
  sql: SqlStorage,
  wanted: Matching & LookedFor,
  activeSince: number,
): Match[] {
  const { match, from, limit, after, before } = wanted
  const filters = filtersOf(sql, wanted, activeSince)
  const where = ['words MATCH ?1', ...filters.map(([condition]) => condition)].join(' AND ')
  // A walk goes on in the order that it began in.
  const isByTime = from ? Number(from.score > 0) : ARE_MANY
  // The first LIMIT keeps SQLite from working it out anew wherever it is named. A value that is bound to a bare `LIMIT ?` has it
  // plan the whole query anew each time.
  const all = `SELECT rowid AS place, CASE WHEN ${isByTime} THEN ${BY_TIME} ELSE ${SCORE} END AS score FROM words
    WHERE ${where} LIMIT -1 OFFSET 0`
  const timed = `SELECT place, ${timeOf('place')} AS at, score FROM (${all})`
  const bounds: Filter[] = [
    ...(after === null ? [] : [['at >= ?', after] as Filter]),
    ...(before === null ? [] : [['at < ?', before] as Filter]),
    ...(from
      ? [['(score, -at, -place) > (?, ?, ?)', from.score, -from.at, -from.rowid] as Filter]
      : []),
  ]
  const within = ['1', ...bounds.map(([condition]) => condition)].join(' AND ')
  // An object for each row would take twice as long.
  const rows = sql
    .exec(
      `SELECT place, at, score, ${SHOWN}, ${TEXTS}, shown, is_active, quiet_since, path
       FROM (SELECT * FROM (${timed}) WHERE ${within} ORDER BY score, at DESC, place DESC LIMIT ? + 0)
       JOIN words_content AS kept ON kept.id = place JOIN conversations AS c ON n = place / ${ROOM}
       ORDER BY score, at DESC, place DESC`,
      match,
      ...[...filters, ...bounds].flatMap(([, ...some]) => some),
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

type Filter = [condition: string, ...values: SqlStorageValue[]]

function filtersOf(sql: SqlStorage, wanted: Matching, activeSince: number): Filter[] {
  const { conversationId, topic, status } = wanted
  const filters: Filter[] = []
  if (conversationId !== null) {
    filters.push(['rowid BETWEEN ? AND ?', ...rangeOf(sql, conversationId)])
  }
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
