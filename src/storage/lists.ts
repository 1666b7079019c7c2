import type { Owner } from '../contract/caller.ts'
import { DAY_MS } from '../contract/quiet.ts'
import type { ShownRow } from './conversations.ts'
import type { Database } from './database.ts'
import { type Position, conversationColumns } from './tables.ts'

export interface Filter {
  status: 'active' | 'archived' | 'all'
  resolved?: boolean | undefined
  topic?: string | undefined
  language?: string | undefined
}

/** Some of a list in its order, and after which place there may be more; null if that is all. */
export interface ListPage {
  rows: ShownRow[]
  next: Position | null
}

/**
 * How many conversations a page looks at for those that a filter wants. An index for a filter would cost a row with each
 * flush, because it has to be in the order of the last use. So a page that finds few is short, and says where to go on.
 */
const SCANNED = 1_000

type Value = string | number

/** A walk through a list in its order, by an index that has it: `FROM` and what follows, up to the bound. */
interface Walk {
  from: string
  values: Value[]
  /** By what the order is, besides the id; as SQL, and of a row. */
  time: string
  timeOf: (row: ShownRow) => number
  /** Whether it reads `conversations` itself. */
  isDirect: boolean
}

const ofOwner = (owner: Owner, isActive: boolean, before: Position | undefined): Walk => ({
  // A row value, because SQLite seeks an index with it if it would scan with the expanded OR.
  from: `conversations WHERE ${owner.kind === 'user' ? 'user_id = ?' : 'session_id = ? AND user_id IS NULL'}
    AND is_active = ${Number(isActive)} ${before ? 'AND (updated_at, id) < (?, ?)' : ''}
    ORDER BY updated_at DESC, id DESC`,
  values: before ? [owner.id, before.time, before.id] : [owner.id],
  time: 'updated_at',
  timeOf: ({ updatedAt }) => updatedAt,
  isDirect: true,
})

const startOfDay = (time: number): number => Math.floor(time / DAY_MS) * DAY_MS

// A cursor of the version before names a moment: rather some of its day twice than some of it never.
const dayBefore = ({ time, id }: Position): [day: number, id: string] =>
  time === startOfDay(time) ? [time / DAY_MS, id] : [Math.floor(time / DAY_MS) + 1, '']

const ofEverybody = (before: Position | undefined): Walk => ({
  from: `quiet_days ${before ? 'WHERE (day, id) < (?, ?)' : ''} ORDER BY day DESC, id DESC`,
  values: before ? dayBefore(before) : [],
  time: `day * ${DAY_MS}`,
  timeOf: ({ quietSince }) => startOfDay(quietSince),
  isDirect: false,
})

/** Where a conversation stands in its owner's list; null if it is not there. */
export async function placeInList(
  db: Database,
  owner: Owner,
  id: string,
): Promise<Position | null> {
  const isOwn = owner.kind === 'user' ? 'user_id = ?' : 'session_id = ? AND user_id IS NULL'
  return db.$client
    .prepare(`SELECT updated_at AS time, id FROM conversations WHERE id = ? AND ${isOwn}`)
    .bind(id, owner.id)
    .first<Position>()
}

/** One page of what somebody owns, the most recently used first. */
export function conversationsOf(
  db: Database,
  owner: Owner,
  filter: Filter,
  before: Position | undefined,
  limit: number,
): Promise<ListPage> {
  const walks = { active: [true], archived: [false], all: [true, false] }[filter.status]
  return pageOf(
    db,
    walks.map((isActive) => ofOwner(owner, isActive, before)),
    filter,
    limit,
  )
}

/** One page of everybody's active conversations, by the day of their last use, the latest first: for staff. */
export const activeConversations = (
  db: Database,
  filter: Filter,
  before: Position | undefined,
  limit: number,
): Promise<ListPage> => pageOf(db, [ofEverybody(before)], filter, limit)

const shown = conversationColumns.filter(
  ([key]) => !['extra', 'bytes', 'headSeq', 'version'].includes(key),
)

// A row from before there were branches does not say which message it is at: it is the last.
const columns = shown
  .map(([, { name }]) =>
    name === 'head_id'
      ? `coalesce(head_id, (SELECT id FROM messages
          WHERE conversation_id = conversations.id AND seq = conversations.last_seq)) AS head_id`
      : `conversations.${name}`,
  )
  .join(', ')

/** How a column's value is read; most are as they are. */
const readers = shown.map(
  ([key, column]): [string, string, ((value: unknown) => unknown) | null] => [
    key,
    column.name,
    column.dataType === 'boolean' || column.dataType === 'json'
      ? (value) => column.mapFromDriverValue(value)
      : null,
  ],
)

function toShownRow(found: Record<string, unknown>): ShownRow {
  const row: Record<string, unknown> = {}
  for (const [key, name, read] of readers) {
    const value = found[name]
    row[key] = read === null || value === null ? value : read(value)
  }
  return row as ShownRow
}

/** The conditions of a filter; none if it wants everything. */
function conditionsOf({ resolved, topic, language }: Filter): { sql: string[]; values: Value[] } {
  const wanted = { is_resolved: resolved, topic, language }
  const some = Object.entries(wanted).filter(([, value]) => value !== undefined)
  return {
    sql: some.map(([name]) => `conversations.${name} = ?`),
    values: some.map(([, value]) => (typeof value === 'boolean' ? Number(value) : value!)),
  }
}

/** What asks for some of a walk; with a filter, the second one asks where that ended. */
function statementsOf(
  d1: D1Database,
  { from, values, time, isDirect }: Walk,
  filter: Filter,
  most: number,
): D1PreparedStatement[] {
  const wanted = conditionsOf(filter)
  // At a bare `LIMIT ?` SQLite plans a query anew each time.
  if (wanted.sql.length === 0) {
    const page = isDirect ? `${from} LIMIT ? + 0` : joined(`${from} LIMIT ? + 0`)
    return [d1.prepare(`SELECT ${columns} FROM ${page}`).bind(...values, most)]
  }
  const page = `${joined(`${from} LIMIT ${SCANNED}`)} WHERE ${wanted.sql.join(' AND ')} LIMIT ? + 0`
  const end = `SELECT ${time} AS time, id FROM ${from} LIMIT 1 OFFSET ${SCANNED - 1}`
  return [
    d1.prepare(`SELECT ${columns} FROM ${page}`).bind(...values, ...wanted.values, most),
    d1.prepare(end).bind(...values),
  ]
}

// CROSS JOIN keeps the order of the walk, so that nothing is sorted.
const joined = (walk: string): string =>
  `(SELECT id FROM ${walk}) AS walk CROSS JOIN conversations USING (id)`

async function pageOf(
  { $client: d1 }: Database,
  walks: Walk[],
  filter: Filter,
  limit: number,
): Promise<ListPage> {
  const asked = walks.map((walk) => statementsOf(d1, walk, filter, limit + 1))
  // In one transaction, so that nothing moves between what was looked at and where that ended.
  const answers = await answersOf(d1, asked.flat())
  const found = asked.map(({ length }) => answers.splice(0, length))
  const halves = walks.map(({ timeOf }, at) => {
    const [some = [], ended = []] = found[at] ?? []
    const rows = some.map(toShownRow)
    const placed = rows.map((row) => ({ row, place: { time: timeOf(row), id: row.id } }))
    const end = placed.length > limit ? placed.at(-1)?.place : (ended[0] as Position | undefined)
    return { placed, end }
  })
  // What comes after the first of their ends is not known of all of them.
  const [end = null] = halves.flatMap((half) => half.end ?? []).toSorted(inOrder)
  const known = halves
    .flatMap(({ placed }) => placed)
    .toSorted((a, b) => inOrder(a.place, b.place))
    .filter(({ place }) => end === null || inOrder(place, end) <= 0)
  const page = known.slice(0, limit)
  const next = known.length > limit ? (page.at(-1)?.place ?? null) : end
  return { rows: page.map(({ row }) => row), next }
}

async function answersOf(
  d1: D1Database,
  statements: D1PreparedStatement[],
): Promise<Record<string, unknown>[][]> {
  const [only] = statements
  // D1 repeats what only reads by itself if it fails, but no batch.
  const results = only && statements.length === 1 ? [await only.all()] : await d1.batch(statements)
  return results.map((result) => result.results as Record<string, unknown>[])
}

/** The latest first. */
const inOrder = (a: Position, b: Position): number =>
  b.time - a.time || (a.id === b.id ? 0 : a.id < b.id ? 1 : -1)
