import { and, asc, eq, gt, lte, sql } from 'drizzle-orm'

import type { Database } from './database.ts'
import { type MessageValues, longColumns, messageColumns } from './messages.ts'
import { removeAllMessages } from './removal.ts'
import { type ConversationRow, conversations, messages } from './tables.ts'

/** What log and record are to each other if they contradict. */
export type Side = 'log' | 'record'

/** UTF-16 units of text that one page of messages may have. */
const PAGE_CHARS = 4_000_000
const PAGE_MESSAGES = 500

/** The record's row of a conversation; null if it has none of this id. */
export async function recordOf(db: Database, id: string): Promise<ConversationRow | null> {
  return (await db.select().from(conversations).where(eq(conversations.id, id)).get()) ?? null
}

/** The record's messages after one, each as the values of `messageColumns`; at least one if any is there. */
export async function recordMessages(
  db: Database,
  id: string,
  after: number,
): Promise<MessageValues[]> {
  const columns = sql.raw(messageColumns.join(', '))
  const length = sql.raw(longColumns.map((name) => `coalesce(length(${name}), 0)`).join(' + '))
  return db.values<MessageValues>(sql`
    SELECT ${columns} FROM (
      SELECT ${columns}, row_number() OVER (ORDER BY seq) AS place,
        sum(${length}) OVER (ORDER BY seq) AS chars
      FROM (SELECT ${columns} FROM messages WHERE conversation_id = ${id} AND seq > ${after}
        ORDER BY seq LIMIT ${PAGE_MESSAGES}))
    WHERE place = 1 OR chars <= ${PAGE_CHARS} ORDER BY seq`)
}

/** Has the record end at `seq`. What came after is in the log, which brings it again. */
export async function rewindTo(db: Database, id: string, seq: number): Promise<void> {
  // First, because a message past the row's `last_seq` stands in the way of the flush.
  await removeAllMessages(db, id, seq)
  await db.update(conversations).set({ lastSeq: seq, version: 0 }).where(eq(conversations.id, id))
}

/** The ids of the messages that the record has, by `seq`: those after one, up to `last`. */
export async function messageIds(
  db: Database,
  id: string,
  after: number,
  last: number,
): Promise<Map<number, string>> {
  const rows = await db
    .select({ seq: messages.seq, id: messages.id })
    .from(messages)
    .where(and(eq(messages.conversationId, id), gt(messages.seq, after), lte(messages.seq, last)))
  return new Map(rows.map(({ seq, id: messageId }) => [seq, messageId]))
}

/** Has the record say that it ends at `seq`, so that a flush brings them again. */
export async function rewind(db: Database, id: string, seq: number): Promise<void> {
  await db.update(conversations).set({ lastSeq: seq }).where(eq(conversations.id, id))
}

/** Some rows of the record, by id: when each conversation was used last, and how far the record has it. */
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
