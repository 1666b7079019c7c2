import { type SQL, and, asc, desc, eq, getTableColumns, gt, isNull, sql } from 'drizzle-orm'

import type { Owner } from '../contract/caller.ts'
import type { Conversation } from '../contract/conversation.ts'
import type { Database } from './database.ts'
import { type ConversationRow, type Position, conversations, toConversationRow } from './tables.ts'

export interface Filter {
  status: 'active' | 'archived' | 'all'
  resolved?: boolean | undefined
  topic?: string | undefined
  language?: string | undefined
}

const ownedBy = (owner: Owner): SQL | undefined =>
  owner.kind === 'user'
    ? eq(conversations.userId, owner.id)
    : and(eq(conversations.sessionId, owner.id), isNull(conversations.userId))

const matching = ({ resolved, topic, language }: Filter): (SQL | undefined)[] => [
  resolved === undefined ? undefined : eq(conversations.isResolved, resolved),
  topic === undefined ? undefined : eq(conversations.topic, topic),
  language === undefined ? undefined : eq(conversations.language, language),
]

type Time = typeof conversations.updatedAt | typeof conversations.quietSince

// A row value, because SQLite seeks an index with it if it would scan with the expanded OR.
const after = (time: Time, before: Position | undefined): SQL | undefined =>
  before && sql`(${time}, ${conversations.id}) < (${before.time}, ${before.id})`

// A row from before there were branches does not say which message it is at: it is the last.
const columns = {
  ...getTableColumns(conversations),
  headId: sql<string | null>`coalesce(conversations.head_id, (SELECT id FROM messages
    WHERE conversation_id = conversations.id AND seq = conversations.last_seq))`,
}

/** Drizzle finds out anew for every value what kind of column it is from, which takes a good part of a list's time. */
async function rowsOf(db: Database, query: { getSQL(): SQL }): Promise<ConversationRow[]> {
  const rows = await db.values<unknown[]>(query.getSQL())
  return rows.map(toConversationRow)
}

/** One page of what somebody owns, newest first, straight off an index. */
export async function conversationsOf(
  db: Database,
  owner: Owner,
  filter: Filter,
  before: Position | undefined,
  limit: number,
): Promise<ConversationRow[]> {
  const page = (isActive: boolean) =>
    db
      .select(columns)
      .from(conversations)
      .where(
        and(
          ownedBy(owner),
          eq(conversations.isActive, isActive),
          after(conversations.updatedAt, before),
          ...matching(filter),
        ),
      )
      .orderBy(desc(conversations.updatedAt), desc(conversations.id))
      .limit(limit)
  if (filter.status !== 'all') return rowsOf(db, page(filter.status === 'active'))
  const [active, archived] = await db.batch([page(true), page(false)])
  return [...active, ...archived]
    .toSorted((a, b) => b.updatedAt - a.updatedAt || (a.id < b.id ? 1 : -1))
    .slice(0, limit)
}

/** Where a conversation stands in its owner's list; null if it is not there. */
export async function placeInList(
  db: Database,
  owner: Owner,
  id: string,
): Promise<Position | null> {
  const row = await db
    .select({ time: conversations.updatedAt, id: conversations.id })
    .from(conversations)
    .where(and(eq(conversations.id, id), ownedBy(owner)))
    .get()
  return row ?? null
}

/** One page of everybody's active conversations, the most recently used first: for staff. */
export async function activeConversations(
  db: Database,
  filter: Filter,
  before: Position | undefined,
  limit: number,
): Promise<ConversationRow[]> {
  const page = db
    .select(columns)
    .from(conversations)
    .where(
      and(
        sql`${conversations.isActive} = 1`,
        after(conversations.quietSince, before),
        ...matching(filter),
      ),
    )
    .orderBy(desc(conversations.quietSince), desc(conversations.id))
    .limit(limit)
  return rowsOf(db, page)
}

/**
 * Ids of what somebody owns, in their order, with the number of messages of each: an order that nothing which happens
 * meanwhile changes. No index has it, so all of the owner's are read and sorted.
 */
export async function idsOf(
  db: Database,
  owner: Owner,
  status: Filter['status'],
  after: string,
  limit: number,
): Promise<Pick<ConversationRow, 'id' | 'lastSeq'>[]> {
  return db
    .select({ id: conversations.id, lastSeq: conversations.lastSeq })
    .from(conversations)
    .where(
      and(
        ownedBy(owner),
        gt(conversations.id, after),
        status === 'all' ? undefined : eq(conversations.isActive, status === 'active'),
      ),
    )
    .orderBy(asc(conversations.id))
    .limit(limit)
}

/**
 * The ids of an owner's conversations that imports made, which are UUIDs of version 8; null if there are more than
 * `limit`.
 */
export async function importedIdsOf(
  db: Database,
  owner: Owner,
  limit: number,
): Promise<Set<string> | null> {
  const rows = await db
    .select({ id: conversations.id })
    .from(conversations)
    .where(and(ownedBy(owner), sql`substr(${conversations.id}, 15, 1) = '8'`))
    .limit(limit + 1)
  return rows.length > limit ? null : new Set(rows.map(({ id }) => id))
}

/** How many conversations a session has, counted no further than `limit`. */
export async function countOfSession(
  db: Database,
  sessionId: string,
  limit: number,
): Promise<number> {
  const some = db
    .select({ one: sql`1`.as('one') })
    .from(conversations)
    .where(ownedBy({ kind: 'session', id: sessionId }))
    .limit(limit)
    .as('some')
  const row = await db
    .select({ count: sql<number>`count(*)` })
    .from(some)
    .get()
  return row?.count ?? 0
}

const iso = (time: number): string => new Date(time).toISOString()

export const toConversation = (row: Omit<ConversationRow, 'extra'>): Conversation => ({
  id: row.id,
  object: 'conversation',
  user_id: row.userId,
  session_id: row.sessionId,
  language: row.language,
  title: row.title,
  summary: row.summary,
  topic: row.topic,
  is_active: row.isActive,
  is_resolved: row.isResolved,
  hold: row.hold,
  created_at: iso(row.createdAt),
  updated_at: iso(row.updatedAt),
  archived_at: row.archivedAt === null ? null : iso(row.archivedAt),
  // Numbers have no gap, so the last one is the count.
  message_count: row.lastSeq,
  head_id: row.headId,
  summary_seq: row.summarySeq,
  tokens_used: row.tokensUsed,
  metadata: row.metadata,
})
