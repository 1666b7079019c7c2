import { objectOf } from '../objects.ts'
import type { Database } from '../storage/database.ts'
import { finishLink, unclaimed, unfinishedLinks } from '../storage/session-links.ts'
import type { Progress } from './progress.ts'

const LINKS = 100
const ABREAST = 20
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
    let after = ''
    for (;;) {
      if (Date.now() > end) return { count, isFinished: false }
      const ids = await unclaimed(db, link, after, ABREAST)
      const claim = (id: string) => objectOf(env, id).claim('cron', link.sessionId, link.userId)
      const answers = await Promise.all(ids.map(claim))
      count += answers.filter(({ isClaimed }) => isClaimed).length
      if (ids.length < ABREAST) break
      after = ids.at(-1) ?? after
    }
    if (link.linkedAt < now - LAG_MS) await finishLink(db, link.sessionId, now)
  }
  return { count, isFinished: links.length < LINKS }
}
