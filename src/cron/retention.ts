import { OBJECTS_ABREAST } from '../contract/limits.ts'
import { DAY_MS, type Retention, daysKept } from '../contract/quiet.ts'
import { log } from '../events.ts'
import { objectOf } from '../objects.ts'
import { keepPosition, readPosition } from '../storage/cron-positions.ts'
import type { Database } from '../storage/database.ts'
import { archivedUntil } from '../storage/retention.ts'
import type { Position } from '../storage/tables.ts'
import type { Progress } from './progress.ts'

/** How many one run asks at most: each is a call of its own, and a run may make ten thousand. */
const PER_RUN = 4_000

/**
 * Erases what has been archived for as long as it is kept; each object has the last word on its own. A run goes on if
 * the one before stopped, so rows that can't be erased (their object is empty, or out of reach) hold up nobody.
 */
export async function eraseExpired(
  db: Database,
  env: Env,
  retention: Retention,
  now: number,
  end: number,
): Promise<Progress> {
  let left = PER_RUN
  let count = 0
  let passedOver = 0
  let isFinished = true
  for (const isAnonymous of [true, false]) {
    const until = now - daysKept(retention, isAnonymous) * DAY_MS
    if (until === -Infinity) continue
    const job = isAnonymous ? 'retention-anonymous' : 'retention'
    let after: Position | undefined = (await readPosition(db, job)) ?? { time: 0, id: '' }
    // The longer walk must not take all of the other one's turn.
    const share = isAnonymous ? Math.ceil(left / 2) : left
    let asked = 0
    while (after && asked < share && Date.now() < end) {
      const found: Position[] = await archivedUntil(db, isAnonymous, until, after, OBJECTS_ABREAST)
      const erasing = found.map(async ({ id }) => objectOf(env, id).eraseExpired('cron', now))
      for (const one of await Promise.allSettled(erasing)) {
        if (one.status === 'fulfilled' && one.value.isErased) count += 1
        else passedOver += 1
      }
      asked += found.length
      after = found.length < OBJECTS_ABREAST ? undefined : found.at(-1)
      await keepPosition(db, job, after ?? null)
    }
    left -= asked
    isFinished &&= after === undefined
  }
  if (passedOver > 0) log({ event: 'retention-passed-over', conversations: passedOver })
  return { count, isFinished }
}
