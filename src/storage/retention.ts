import { sql } from 'drizzle-orm'

import type { Position } from './conversations.ts'
import type { Database } from './database.ts'

/**
 * Conversations that were archived at `until` or before and are not on hold, the longest archived first: a
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
    sql`SELECT archived_at AS time, id FROM conversations
      WHERE is_active = 0 AND hold = 0 AND (user_id IS NULL) = ${Number(isAnonymous)}
      AND archived_at <= ${until} AND (archived_at, id) > (${after.time}, ${after.id})
      ORDER BY archived_at, id LIMIT ${limit}`,
  )
}
