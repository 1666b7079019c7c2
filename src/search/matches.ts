import { DAY_MS } from '../contract/quiet.ts'
import { ROOM } from './kept.ts'
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
  archiveAfterDays: number
}

/** A place in the order of matches. */
export interface Place {
  score: number
  at: number
  rowid: number
}

export interface Match extends Place {
  conversationId: string
  /** 0 for the title. */
  seq: number
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
const weights = columns.map((column) => WEIGHTS[column]).join(', ')

/**
 * Matches in their order: the best first, of those that are as good the newest. How good one is has to be worked out for
 * all that match, so nothing else is asked of each but what the query is about.
 */
export function matchesIn(sql: SqlStorage, wanted: Matching, now: number): Match[] {
  const { match, from, limit } = wanted
  const filters = filtersOf(sql, wanted, now)
  const where = ['words MATCH ?', ...filters.map(([condition]) => condition)].join(' AND ')
  const values = filters.flatMap(([, ...some]) => some)
  // The LIMIT keeps SQLite from working it out anew wherever it is named.
  const all = `SELECT rowid AS id, at, round(bm25(words, ${weights}), 1) AS score FROM words
    WHERE ${where} LIMIT -1 OFFSET 0`
  const after = from ? 'WHERE (score, -at, -id) > (?, ?, ?)' : ''
  const place = from ? [from.score, -from.at, -from.rowid] : []
  const rows = sql
    .exec(
      `SELECT found.id, at, score, conversations.id AS conversation FROM (
         SELECT id, at, score FROM (${all}) ${after} ORDER BY score, at DESC, id DESC LIMIT ?
       ) AS found JOIN conversations ON n = found.id / ${ROOM} ORDER BY score, at DESC, found.id DESC`,
      match,
      ...values,
      ...place,
      limit,
    )
    .raw<[number, number, number, string]>()
  return [...rows].map(([rowid, at, score, conversationId]) => ({
    rowid,
    at,
    score,
    conversationId,
    seq: rowid % ROOM,
  }))
}

type Filter = [condition: string, ...values: SqlStorageValue[]]

function filtersOf(sql: SqlStorage, wanted: Matching, now: number): Filter[] {
  const { conversationId, after, before, topic, status, archiveAfterDays } = wanted
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
  const since = now - archiveAfterDays * DAY_MS
  if (status !== 'all') among(status === 'active' ? isActive : `NOT (${isActive})`, since)
  return filters
}

function rangeOf(sql: SqlStorage, id: string): [number, number] {
  const [row] = sql.exec<{ n: number }>('SELECT n FROM conversations WHERE id = ?', id).toArray()
  const n = row?.n ?? 0
  return [n * ROOM, (n + 1) * ROOM - 1]
}
