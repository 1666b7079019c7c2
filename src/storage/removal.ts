import { and, eq, sql } from 'drizzle-orm'

import type { Database } from './database.ts'
import { conversations, messages } from './tables.ts'

/** Removes the first messages of a conversation; fewer than `limit` where none are left. */
export async function removeMessages(db: Database, id: string, limit: number): Promise<number> {
  const { meta } = await db.delete(messages).where(
    and(
      eq(messages.conversationId, id),
      sql`${messages.seq} IN (
          SELECT seq FROM messages WHERE conversation_id = ${id} ORDER BY seq LIMIT ${limit})`,
    ),
  )
  return meta.changes
}

/** Removes a conversation's row, and with it what messages it may still have. */
export async function removeConversation(db: Database, id: string): Promise<void> {
  await db.delete(conversations).where(eq(conversations.id, id))
}
