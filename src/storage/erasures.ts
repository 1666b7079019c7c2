import { asc, eq, gt, and, lte } from 'drizzle-orm'

import type { Database } from './database.ts'
import { erasures } from './tables.ts'

/** Notes that an object is about to remove a conversation, before it removes anything of it here. */
export async function noteErasure(db: Database, id: string, requestedAt: number): Promise<void> {
  await db.insert(erasures).values({ conversationId: id, requestedAt }).onConflictDoNothing()
}

/** Forgets an erasure that came to its end, unless the id was used and erased anew after `until`. */
export async function forgetErasure(db: Database, id: string, until: number): Promise<void> {
  await db
    .delete(erasures)
    .where(and(eq(erasures.conversationId, id), lte(erasures.requestedAt, until)))
}

/** Conversations whose erasure was asked for at `until` or before and has not come to its end, by id. */
export async function overdueErasures(
  db: Database,
  until: number,
  after: string,
  limit: number,
): Promise<string[]> {
  const rows = await db
    .select({ id: erasures.conversationId })
    .from(erasures)
    .where(and(lte(erasures.requestedAt, until), gt(erasures.conversationId, after)))
    .orderBy(asc(erasures.conversationId))
    .limit(limit)
  return rows.map(({ id }) => id)
}
