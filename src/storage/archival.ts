import { DAY_MS } from '../contract/quiet.ts'
import type { Database } from './database.ts'

/**
 * Archives some of the conversations that have been quiet for so many days, those of the earliest days first. `quiet_days`
 * finds them by the day, and `quiet_since` decides: of the last day some may not be due yet. What has to be done is what the
 * condition still finds, so it may be cut anywhere and called again.
 *
 * @returns how many it archived; fewer than `limit` if none are left
 */
export async function archiveQuiet(
  { $client }: Database,
  now: number,
  days: number,
  limit: number,
): Promise<number> {
  const kept = days * DAY_MS
  const until = now - kept
  // The ids, because D1's count of changes has those of triggers in it.
  const { results } = await $client
    .prepare(
      `UPDATE conversations SET is_active = 0, archived_at = quiet_since + ? WHERE id IN (
        SELECT id FROM quiet_days CROSS JOIN conversations USING (id)
        WHERE day <= ? AND quiet_since <= ? ORDER BY day LIMIT ?) RETURNING id`,
    )
    .bind(kept, Math.floor(until / DAY_MS), until, limit)
    .all()
  return results.length
}
