import { sql } from 'drizzle-orm'

import { DAY_MS } from '../contract/quiet.ts'
import type { Database } from './database.ts'
import { conversations } from './tables.ts'

/**
 * Archives some of the conversations that have been quiet for so many days, the longest quiet first. What has to
 * be done is what the condition still finds, so it may be cut anywhere and called again.
 *
 * @returns how many it archived; fewer than `limit` if none are left
 */
export async function archiveQuiet(
  db: Database,
  now: number,
  days: number,
  limit: number,
): Promise<number> {
  const { meta } = await db
    .update(conversations)
    .set({ isActive: false, archivedAt: sql`${conversations.quietSince} + ${days * DAY_MS}` })
    .where(
      sql`${conversations.id} IN (
        SELECT id FROM conversations WHERE is_active = 1 AND quiet_since <= ${now - days * DAY_MS}
        ORDER BY quiet_since LIMIT ${limit})`,
    )
  // `changes` counts rows, not the index entries that were written with them.
  return meta.changes
}
