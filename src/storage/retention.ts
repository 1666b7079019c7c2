import { sql } from 'drizzle-orm'

import type { Database } from './database.ts'
import { type Position, archivedSince } from './tables.ts'

/**
 * Conversations that were archived and last used at `until` or before and are not on hold, the longest ago first: a
 * user's, or nobody's.
 */
export async function archivedUntil(
  db: Database,
  isAnonymous: boolean,
  until: number,
  after: Position,
  limit: number,
): Promise<Position[]> {
  return db.all<Position>(
    sql`SELECT ${archivedSince} AS time, id FROM conversations
      WHERE is_active = 0 AND hold = 0 AND (user_id IS NULL) = ${Number(isAnonymous)}
      AND ${archivedSince} <= ${until}
      AND (${archivedSince}, id) > (${after.time}, ${after.id})
      ORDER BY ${archivedSince}, id LIMIT ${limit}`,
  )
}
