import { completedByFile, insertedFromJson, messageColumns } from './messages.ts'
import { type ConversationRow, type SessionLinkRow, conversationColumns } from './tables.ts'
import { keyOf, ownerOf } from './usage.ts'

/** Messages of one log on their way to the record, with its row. */
export interface Batch {
  /** The conversation as it is now, but `lastSeq` is that of the last message here. */
  row: ConversationRow
  /** The `last_seq` that the record is believed to have. */
  from: number
  /** The version that the record has at the least; if it has an older one, it was set back. */
  since: number
  /** `[seq, id]` of each message sent, and before them of the one at `from`; empty if that is not looked at. */
  ids: [seq: number, id: string][]
  /** Whether it is worth asking what the owner's conversations take up now. */
  asksUsage: boolean
  /** The row that the record is believed to have; null if that is not known. */
  confirmed: ConversationRow | null
  /** JSON: a list of lists, each as `valuesAsJson` makes it; one parameter carries any number. Null for none. */
  messages: string | null
}

/** What the record holds after a write, of what the write was about; null if it has no such row. */
export interface Found {
  lastSeq: number
  version: number
  ids: Map<number, string>
}

/** What a write found: the record's state, and the link that a session's conversation has missed. */
export interface Written {
  found: Found | null
  link: Pick<SessionLinkRow, 'sessionId' | 'userId'> | null
  /** What the owner's conversations take up, in blocks; null if it was not asked for. */
  ownerBlocks: number | null
}

type Columns = typeof conversationColumns

// SQLite writes an index anew as soon as one of its columns is named, whether it changes or not, and each is a row that is
// billed. So those of indexes that seldom change are written by themselves, and only if they are not as they should be. Even
// to ask for that takes as long as all else, so it is left out if the record is believed to have them: then what was written
// says whether it has.
const seldom = new Set(['userId', 'sessionId', 'isActive', 'hold', 'archivedAt'])
const withMessages = new Set(['updatedAt', 'quietSince'])

const fields = conversationColumns.filter(([key]) => key !== 'id')
const isRare = ([key]: Columns[number]) => seldom.has(key)
const isRareAlone = ([key]: Columns[number]) => seldom.has(key) || withMessages.has(key)
const not =
  (is: (column: Columns[number]) => boolean) =>
  (column: Columns[number]): boolean =>
    !is(column)

const names = (columns: Columns): string => columns.map(([, { name }]) => name).join(', ')
const marks = (columns: Columns, from: number): string =>
  columns.map((_, at) => `?${from + at}`).join(', ')
const valuesOf = (row: ConversationRow, columns: Columns): unknown[] =>
  columns.map(([key, column]) => {
    const value = row[key as keyof ConversationRow] ?? null
    return value === null ? null : column.mapToDriverValue(value)
  })

// ?1 id, ?2 from, ?3 last_seq, ?4 since, ?5 version, ?6 the id at `from`, ?7 the ids after it as JSON. The record's
// messages from `from` on are those that may contradict what is sent; there is hardly ever more than the one there.
const guard = `conversations.last_seq = ?2 AND conversations.version BETWEEN ?4 AND ?5
  AND NOT EXISTS (SELECT 1 FROM messages AS held
    WHERE held.conversation_id = ?1 AND held.seq BETWEEN ?2 AND ?3
      AND held.id <> iif(held.seq = ?2, ?6, ?7 ->> CAST(held.seq - ?2 - 1 AS INTEGER)))`
const GUARDED = 8

const insertion = `INSERT INTO conversations (id, ${names(fields)}) VALUES (?1, ${marks(fields, GUARDED)})
  ON CONFLICT (id) DO UPDATE SET ${fields.map(([, { name }]) => `${name} = excluded.${name}`).join(', ')}
  WHERE ${guard} RETURNING 1`

// No row and a cursor past 0 means that the record lost it: filling it up starts at 0.
const update = (columns: Columns, others: Columns): string =>
  `UPDATE conversations SET (${names(columns)}) = (${marks(columns, GUARDED)}) WHERE id = ?1 AND ${guard} RETURNING ${names(others)}`

const isWritten = `id = ?1 AND last_seq = ?2 AND version = ?3`

const correction = (columns: Columns): string =>
  `UPDATE conversations SET (${names(columns)}) = (${marks(columns, 4)})
   WHERE ${isWritten} AND (${names(columns)}) IS NOT (${marks(columns, 4)})`

const writing = (rare: (column: Columns[number]) => boolean) => {
  const often = fields.filter(not(rare))
  const seldomOnes = fields.filter(rare)
  return {
    often,
    update: update(often, seldomOnes),
    seldomOnes,
    correction: correction(seldomOnes),
  }
}
const writingMessages = writing(isRare)
const writingRow = writing(isRareAlone)

const messageInsertion = `INSERT INTO messages (conversation_id, ${messageColumns.join(', ')})
  SELECT ?1, ${insertedFromJson} FROM json_each(?4) WHERE EXISTS (SELECT 1 FROM conversations WHERE ${isWritten})
  ${completedByFile}`

const question = `SELECT
    (SELECT blocks FROM owner_usage WHERE owner = ?1) AS blocks, link.session_id, link.user_id
  FROM (SELECT 1) LEFT JOIN session_links AS link ON link.session_id = ?2
    AND (link.narrowed_to IS NULL OR ?3 IN (SELECT value FROM json_each(link.narrowed_to)))`

const state = `SELECT last_seq, version,
    (SELECT json_group_array(json_array(seq, id)) FROM messages
      WHERE conversation_id = ?1 AND seq BETWEEN ?2 AND ?3) AS ids
  FROM conversations WHERE id = ?1`

/**
 * One D1 batch, hence one transaction: the conversation's row and its messages, or nothing. It may be repeated,
 * overtaken or late: a write whose `from` is not the record's `last_seq`, whose version is older than the
 * record's, whose `since` is newer, or that would contradict a message there changes nothing. Only then is the record
 * asked how it stands.
 *
 * Of a conversation that is only a session's it asks in the same transaction whether the session is linked: a link
 * either finds its row, or is found here.
 */
export async function writeBatch(db: D1Database, batch: Batch): Promise<Written> {
  const { row, from, asksUsage, ids } = batch
  const isSessions = row.sessionId !== null && row.userId === null
  const isAsking = asksUsage || isSessions
  const { statements, believed } = writesOf(db, batch)
  if (isAsking) {
    const session = isSessions ? row.sessionId : null
    const owner = asksUsage ? keyOf(ownerOf(row)) : null
    statements.push(db.prepare(question).bind(owner, session, row.id))
  }
  const results = await db.batch<Record<string, unknown>>(statements)
  const answer = isAsking ? results.at(-1)?.results[0] : undefined
  const written = results[0]?.results[0]
  const isDone = written !== undefined
  // It was set back meanwhile. If this fails, the next write brings it.
  if (isDone && believed && !believed.isIn(written)) await believed.correction.run()
  return {
    found: isDone
      ? { lastSeq: row.lastSeq, version: row.version, ids: new Map(ids) }
      : await stateOf(db, row.id, from, row.lastSeq),
    link: linkIn(answer),
    ownerBlocks: asksUsage ? Number(answer?.['blocks'] ?? 0) : null,
  }
}

interface Writes {
  statements: D1PreparedStatement[]
  /** What the record is believed to have, so that nothing here writes it: whether it has, and what writes it if not. */
  believed: {
    isIn: (row: Record<string, unknown>) => boolean
    correction: D1PreparedStatement
  } | null
}

function writesOf(db: D1Database, { row, from, since, ids, messages, confirmed }: Batch): Writes {
  const before = ids[0]?.[0] === from ? ids[0][1] : null
  const after = ids.flatMap(([seq, id]) => (seq > from ? [id] : []))
  const { id, lastSeq, version } = row
  const guarded = [id, from, lastSeq, since, version, before, JSON.stringify(after)]
  const written = [id, lastSeq, version]
  const inserted =
    messages === null ? [] : [db.prepare(messageInsertion).bind(...written, messages)]
  if (from === 0) {
    const inserting = db.prepare(insertion).bind(...guarded, ...valuesOf(row, fields))
    return { statements: [inserting, ...inserted], believed: null }
  }
  const {
    often,
    update: updating,
    seldomOnes,
    correction: correcting,
  } = messages === null ? writingRow : writingMessages
  const others = valuesOf(row, seldomOnes)
  const updated = db.prepare(updating).bind(...guarded, ...valuesOf(row, often))
  const correction = db.prepare(correcting).bind(...written, ...others)
  const isBelieved =
    confirmed !== null && valuesOf(confirmed, seldomOnes).every((value, at) => value === others[at])
  if (!isBelieved) return { statements: [updated, correction, ...inserted], believed: null }
  const isIn = (found: Record<string, unknown>) =>
    seldomOnes.every(([, { name }], at) => found[name] === others[at])
  return { statements: [updated, ...inserted], believed: { isIn, correction } }
}

function linkIn(answer: Record<string, unknown> | undefined): Written['link'] {
  const { session_id: sessionId, user_id: userId } = answer ?? {}
  return typeof sessionId === 'string' && typeof userId === 'string' ? { sessionId, userId } : null
}

async function stateOf(
  db: D1Database,
  id: string,
  from: number,
  last: number,
): Promise<Found | null> {
  const { results } = await db
    .prepare(state)
    .bind(id, from, last)
    .all<{ last_seq: number; version: number; ids: string }>()
  const [row] = results
  if (row === undefined) return null
  const ids = new Map(JSON.parse(row.ids) as [number, string][])
  return { lastSeq: row.last_seq, version: row.version, ids }
}
