import { and, asc, eq, gt, sql } from 'drizzle-orm'

import type { Owner } from '../contract/caller.ts'
import type { Conversation } from '../contract/conversation.ts'
import type { Database } from './database.ts'
import { type ConversationRow, conversations, owned } from './tables.ts'
import { keyOf } from './usage.ts'

/**
 * Ids of what somebody owns, in their order, with the number of messages of each: an order that nothing which happens
 * meanwhile changes.
 */
export async function idsOf(
  db: Database,
  owner: Owner,
  status: 'active' | 'archived' | 'all',
  after: string,
  limit: number,
): Promise<Pick<ConversationRow, 'id' | 'lastSeq'>[]> {
  return (
    db
      .select({ id: conversations.id, lastSeq: conversations.lastSeq })
      .from(owned)
      // So that the order stays that of `owned`, whatever else might be read first.
      .crossJoin(conversations)
      .where(
        and(
          eq(owned.owner, keyOf(owner)),
          gt(owned.id, after),
          eq(conversations.id, owned.id),
          status === 'all' ? undefined : eq(conversations.isActive, status === 'active'),
        ),
      )
      .orderBy(asc(owned.id))
      .limit(limit)
  )
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
    .select({ id: owned.id })
    .from(owned)
    .where(and(eq(owned.owner, keyOf(owner)), sql`substr(${owned.id}, 15, 1) = '8'`))
    .limit(limit + 1)
  return rows.length > limit ? null : new Set(rows.map(({ id }) => id))
}

/** What the world is shown of a conversation. */
export type ShownRow = Omit<ConversationRow, 'extra' | 'bytes' | 'headSeq' | 'version'>

const iso = (time: number): string => new Date(time).toISOString()

export const toConversation = (row: ShownRow): Conversation => ({
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
