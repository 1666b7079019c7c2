import { claims } from '../claims.ts'
import type { Database } from '../storage/database.ts'
import { finishLink, unfinishedLinks } from '../storage/session-links.ts'
import type { Progress } from './progress.ts'

const LINKS = 100
/** How long the record may lag: a conversation that was just created shows up within this, in ms. */
const LAG_MS = 10 * 60_000

/** Claims what links have left unclaimed; cut off calls, mostly. */
export async function finishLinks(
  db: Database,
  env: Env,
  now: number,
  end: number,
): Promise<Progress> {
  let count = 0
  const links = await unfinishedLinks(db, LINKS)
  for (const link of links) {
    for await (const claimed of claims(env, db, link, 'cron')) {
      count += claimed
      if (Date.now() > end) return { count, isFinished: false }
    }
    if (link.linkedAt < now - LAG_MS) await finishLink(db, link.sessionId, now)
  }
  return { count, isFinished: links.length < LINKS }
}
