import { and, asc, eq, gt } from 'drizzle-orm'

import type { Database } from './database.ts'
import { type ConversationRow, conversations, messages } from './tables.ts'

/** How far the record has a conversation; null where it has none of this id. */
export async function recordStateOf(
  db: Database,
  id: string,
): Promise<{ lastSeq: number; version: number } | null> {
  const row = await db
    .select({ lastSeq: conversations.lastSeq, version: conversations.version })
    .from(conversations)
    .where(eq(conversations.id, id))
    .get()
  return row ?? null
}

/** The ids of the messages that the record has, by `seq`; those of the `limit` numbers after one. */
export async function messageIds(
  db: Database,
  id: string,
  after: number,
  limit: number,
): Promise<Map<number, string>> {
  const rows = await db
    .select({ seq: messages.seq, id: messages.id })
    .from(messages)
    .where(and(eq(messages.conversationId, id), gt(messages.seq, after)))
    .orderBy(asc(messages.seq))
    .limit(limit)
  return new Map(rows.map(({ seq, id: messageId }) => [seq, messageId]))
}

/** Has the record say that it ends at `seq`, so that a flush brings them again. */
export async function rewind(db: Database, id: string, seq: number): Promise<void> {
  await db.update(conversations).set({ lastSeq: seq }).where(eq(conversations.id, id))
}

/** A stretch of the record, by id: when each conversation was used last, and how far the record has it. */
export async function recordAfter(
  db: Database,
  after: string,
  limit: number,
): Promise<Pick<ConversationRow, 'id' | 'updatedAt' | 'lastSeq' | 'version'>[]> {
  return db
    .select({
      id: conversations.id,
      updatedAt: conversations.updatedAt,
      lastSeq: conversations.lastSeq,
      version: conversations.version,
    })
    .from(conversations)
    .where(gt(conversations.id, after))
    .orderBy(asc(conversations.id))
    .limit(limit)
}
