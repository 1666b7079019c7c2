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

/** Matches in their order: the best first, of those that are as good the newest. */
export function matchesIn(sql: SqlStorage, wanted: Matching, now: number): Match[] {
  const { match, after, before, from, limit } = wanted
  const [low, high] = rangeOf(sql, wanted.conversationId)
  const filter = conversationsOf(wanted, now)
  const rows = sql.exec(
    `SELECT id, at, score FROM (
       SELECT rowid AS id, at, round(bm25(words, ${weights}), 1) AS score FROM words
       WHERE words MATCH ? AND rowid BETWEEN ? AND ? ${filter.where}
     ) WHERE at >= ? AND at < ? AND (score, -at, -id) > (?, ?, ?)
     ORDER BY score, at DESC, id DESC LIMIT ?`,
    match,
    low,
    high,
    ...filter.values,
    after ?? 0,
    before ?? Number.MAX_SAFE_INTEGER,
    from?.score ?? -1e9,
    -(from?.at ?? Number.MAX_SAFE_INTEGER),
    -(from?.rowid ?? Number.MAX_SAFE_INTEGER),
    limit,
  )
  return [...rows.raw<[number, number, number]>()].map(([rowid, at, score]) => ({
    rowid,
    at,
    score,
    conversationId: idOf(sql, Math.floor(rowid / ROOM)),
    seq: rowid % ROOM,
  }))
}

function rangeOf(sql: SqlStorage, id: string | null): [number, number] {
  if (id === null) return [0, Number.MAX_SAFE_INTEGER]
  const [row] = sql.exec<{ n: number }>('SELECT n FROM conversations WHERE id = ?', id).toArray()
  const n = row?.n ?? 0
  return [n * ROOM, (n + 1) * ROOM - 1]
}

const idOf = (sql: SqlStorage, n: number): string =>
  sql.exec<{ id: string }>('SELECT id FROM conversations WHERE n = ?', n).one().id

/** Archived is what was archived, or has been quiet for so long: as its object says it. */
function conversationsOf(
  { status, topic, archiveAfterDays }: Matching,
  now: number,
): { where: string; values: SqlStorageValue[] } {
  const conditions: string[] = []
  const values: SqlStorageValue[] = []
  if (status !== 'all') {
    const isActive = '(is_active = 1 AND quiet_since > ?)'
    conditions.push(status === 'active' ? isActive : `NOT ${isActive}`)
    values.push(now - archiveAfterDays * DAY_MS)
  }
  if (topic !== null) {
    conditions.push('topic IS ?')
    values.push(topic)
  }
  if (conditions.length === 0) return { where: '', values }
  const where = `AND rowid / ${ROOM} IN (SELECT n FROM conversations WHERE ${conditions.join(' AND ')})`
  return { where, values }
}
