import { tellClaims } from '../claims.ts'
import { log, nameOf } from '../events.ts'
import type { Database } from '../storage/database.ts'
import { finishLink, postponeLink, unfinishedLinks } from '../storage/session-links.ts'
import type { SessionLinkRow } from '../storage/tables.ts'
import type { Progress } from './progress.ts'

/** Links read at once. */
const PAGE = 100
/** How many links are carried out side by side. */
const ABREAST = 5
const FIRST_RETRY_MS = 15 * 60_000
const LONGEST_RETRY_MS = 24 * 60 * 60_000

/** Carries out what calls that were cut have left. A link that fails is tried again later, and later each time. */
export async function finishLinks(
  db: Database,
  env: Env,
  now: number,
  end: number,
): Promise<Progress> {
  let count = 0
  for (;;) {
    // Each one that is read is closed or postponed, so the same query finds the next ones.
    const links = await unfinishedLinks(db, now, PAGE)
    for (let from = 0; from < links.length; from += ABREAST) {
      if (Date.now() > end) return { count, isFinished: false }
      const some = links.slice(from, from + ABREAST)
      const claimed = await Promise.all(some.map((link) => finish(db, env, link, now, end)))
      count += claimed.reduce((sum, one) => sum + one, 0)
    }
    if (links.length < PAGE) return { count, isFinished: true }
  }
}

/** How many conversations changed hands. Rejects only if D1 can't be written. */
async function finish(
  db: Database,
  env: Env,
  link: SessionLinkRow,
  now: number,
  end: number,
): Promise<number> {
  let claimed = 0
  let error: string
  try {
    const claims = await tellClaims(env, db, link, 'cron', end)
    claimed = claims.claimed
    error = claims.error
    if (claims.failed === 0) {
      await finishLink(db, link, now)
      return claimed
    }
  } catch (failure) {
    error = nameOf(failure)
  }
  const attempts = link.attempts + 1
  const wait = Math.min(FIRST_RETRY_MS * 2 ** (attempts - 1), LONGEST_RETRY_MS)
  await postponeLink(db, link.sessionId, attempts, now + wait)
  log({ event: 'link-failed', attempts, error })
  return claimed
}
