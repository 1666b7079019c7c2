import { eq } from 'drizzle-orm'

import type { Database } from './database.ts'
import { type Position, cronPositions } from './tables.ts'

/** Where a walk of the cron job stopped; null if it begins anew. */
export async function readPosition(db: Database, job: string): Promise<Position | null> {
  const row = await db.select().from(cronPositions).where(eq(cronPositions.job, job)).get()
  return row?.position ?? null
}

/** Keeps if a walk stopped, or that it came to the end. */
export async function keepPosition(
  db: Database,
  job: string,
  position: Position | null,
): Promise<void> {
  if (position === null) {
    await db.delete(cronPositions).where(eq(cronPositions.job, job))
    return
  }
  await db
    .insert(cronPositions)
    .values({ job, position })
    .onConflictDoUpdate({ target: cronPositions.job, set: { position } })
}
