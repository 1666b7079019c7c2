import { archiveQuiet } from '../storage/archival.ts'
import type { Database } from '../storage/database.ts'
import type { Progress } from './progress.ts'

/** Conversations archived in one statement: D1 answers other queries only in between. */
const CHUNK = 500

/** Archives what has been quiet for so many days, until nothing is left or the time is over. */
export async function archiveAll(
  db: Database,
  now: number,
  days: number,
  end: number,
): Promise<Progress> {
  let count = 0
  while (Date.now() < end) {
    const archived = await archiveQuiet(db, now, days, CHUNK)
    count += archived
    if (archived < CHUNK) return { count, isFinished: true }
  }
  return { count, isFinished: false }
}
