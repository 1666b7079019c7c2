import { DAY_MS, type Retention, daysKept } from '../contract/quiet.ts'
import { objectOf } from '../objects.ts'
import type { Position } from '../storage/conversations.ts'
import type { Database } from '../storage/database.ts'
import { archivedUntil } from '../storage/retention.ts'
import type { Progress } from './progress.ts'

/** How many conversations are erased side by side. */
const ABREAST = 20
/** How many one run erases at most: each is a call of its own, and a run may make ten thousand. */
const PER_RUN = 4_000

/** Erases what has been archived for as long as it is kept; each object has the last word on its own. */
export async function eraseAll(
  db: Database,
  env: Env,
  retention: Retention,
  now: number,
  end: number,
): Promise<Progress> {
  let count = 0
  let begun = 0
  for (const isAnonymous of [true, false]) {
    const until = now - daysKept(retention, isAnonymous) * DAY_MS
    if (until === -Infinity) continue
    let after: Position | undefined = { time: 0, id: '' }
    while (after) {
      if (Date.now() > end || begun >= PER_RUN) return { count, isFinished: false }
      const found: Position[] = await archivedUntil(db, isAnonymous, until, after, ABREAST)
      const erasing = found.map(({ id }) => objectOf(env, id).eraseExpired('cron', now))
      // One that can't be reached now is found again by the next run.
      const erased = await Promise.allSettled(erasing)
      count += erased.filter((one) => one.status === 'fulfilled' && one.value.isErased).length
      begun += found.length
      after = found.length < ABREAST ? undefined : found.at(-1)
    }
  }
  return { count, isFinished: true }
}
