import { and, eq, sql } from 'drizzle-orm'

import type { Database } from './database.ts'
import { conversations, messages } from './tables.ts'

/** Messages removed in one statement: D1 answers other queries only in between. */
const CHUNK = 1_000
/** Chunks that are removed at most: D1 that never says it has none left is not to be asked for ever. */
const CHUNKS = 10_000

/** Removes the first messages of a conversation after one; fewer than `limit` if none are left. */
export async function removeMessages(
  db: Database,
  id: string,
  limit: number,
  after = 0,
): Promise<number> {
  const { meta } = await db.delete(messages).where(
    and(
      eq(messages.conversationId, id),
      sql`${messages.seq} IN (
          SELECT seq FROM messages WHERE conversation_id = ${id} AND seq > ${after}
          ORDER BY seq LIMIT ${limit})`,
    ),
  )
  return meta.changes
}

/** Removes all messages of a conversation after one, a chunk at a time. */
export async function removeAllMessages(db: Database, id: string, after: number): Promise<void> {
  for (let chunks = 1; (await removeMessages(db, id, CHUNK, after)) === CHUNK; chunks += 1) {
    if (chunks === CHUNKS) throw new Error('D1 says that it removes messages, and still has them')
  }
}

/** Removes a conversation's row, and with it what messages it may still have. */
export async function removeConversation(db: Database, id: string): Promise<void> {
  await db.delete(conversations).where(eq(conversations.id, id))
}
