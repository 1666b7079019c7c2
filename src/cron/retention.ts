import { DAY_MS } from '../contract/quiet.ts'
import type { Database } from '../storage/database.ts'
import { archivedBefore } from '../storage/retention.ts'
import type { Progress } from './cron.ts'
import { objectOf } from './objects.ts'

const CHUNK = 20
/** Erasures in one run: each is a call of an object, and an invocation may make ten thousand subrequests. */
const MOST = 1_000

/**
 * Erases what has been archived for so many days: everybody's, and what no user ever claimed. Null is never. An object
 * that does not answer is met again by the next run.
 */
export async function eraseOld(
  db: Database,
  env: Env,
  now: number,
  end: number,
  days: number | null,
  anonymousDays: number | null,
): Promise<Progress> {
  const all = await eraseBefore(db, env, end, days && now - days * DAY_MS, false)
  const anonymous = await eraseBefore(db, env, end, anonymousDays && now - anonymousDays * DAY_MS, true)
  return {
    count: all.count + anonymous.count,
    isFinished: all.isFinished && anonymous.isFinished,
  }
}

async function eraseBefore(
  db: Database,
  env: Env,
  end: number,
  time: number | null,
  isAnonymousOnly: boolean,
): Promise<Progress> {
  if (time === null) return { count: 0, isFinished: true }
  const ids = await archivedBefore(db, time, isAnonymousOnly, MOST)
  let count = 0
  for (let at = 0; at < ids.length; at += CHUNK) {
    if (Date.now() > end) return { count, isFinished: false }
    const erase = (id: string) => objectOf(env, id).eraseArchived('cron', time, isAnonymousOnly)
    const answers = await Promise.allSettled(ids.slice(at, at + CHUNK).map(erase))
    count += answers.filter((answer) => answer.status === 'fulfilled' && answer.value.isErased).length
  }
  return { count, isFinished: ids.length < MOST }
}
