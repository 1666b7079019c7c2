import { log, nameOf } from '../events.ts'
import { SettingError, archiveAfterDays, retention } from '../settings.ts'
import { openDatabase } from '../storage/database.ts'
import { archiveAll } from './archive.ts'
import { watchSize } from './database-size.ts'
import { finishLinks } from './links.ts'
import { patrol } from './patrol.ts'
import type { Progress } from './progress.ts'
import { eraseExpired } from './retention.ts'

/** How long one run may take, in ms: the platform ends it after 15 minutes, and the next one is due then. */
const BUDGET_MS = 5 * 60_000

/**
 * One run: every job goes on from what the record shows is left, so a run may be cut anywhere.
 *
 * @param now the time that the run is for, in ms since the epoch
 */
export async function runCron(env: Env, now: number): Promise<void> {
  const startedAt = Date.now()
  const end = startedAt + BUDGET_MS
  const db = openDatabase(env.DB)
  const claimed = await attempt('links', () => finishLinks(db, env, now, end))
  const archived = await attempt('archive', () => archiveAll(db, now, archiveAfterDays(env), end))
  const erased = await attempt('erase', () => eraseExpired(db, env, retention(env), now, end))
  const patrolled = await attempt('patrol', () => patrol(db, env, now, end))
  await attempt('database-size', () => watchSize(env))
  log({
    event: 'cron',
    archived: archived.count,
    claimed: claimed.count,
    erased: erased.count,
    patrolled: patrolled.count,
    is_finished: [claimed, archived, erased, patrolled].every(({ isFinished }) => isFinished),
    took_ms: Date.now() - startedAt,
  })
}

// One job that fails is no reason not to do the others.
async function attempt(job: string, work: () => Promise<Progress>): Promise<Progress> {
  try {
    return await work()
  } catch (error) {
    // A setting's error names it, and holds no value.
    const what = error instanceof SettingError ? error.message : nameOf(error)
    log({ event: 'cron-failed', job, error: what })
    return { count: 0, isFinished: false }
  }
}
