import { objectOf } from './objects.ts'
import type { Database } from './storage/database.ts'
import { unclaimed } from './storage/session-links.ts'
import type { SessionLinkRow } from './storage/tables.ts'

/** How many conversations are claimed side by side. */
const ABREAST = 20

/**
 * Tells every object that a link is about, and yields how many of each batch changed hands. What is left to tell
 * is what the record still shows unclaimed, so it may be cut anywhere.
 */
export async function* claims(
  env: Pick<Env, 'CONVERSATION' | 'JURISDICTION'>,
  db: Database,
  link: SessionLinkRow,
  requestId: string,
): AsyncGenerator<number, void> {
  let after: string | undefined = ''
  while (after !== undefined) {
    const ids = await unclaimed(db, link, after, ABREAST)
    const claim = (id: string) => objectOf(env, id).claim(requestId, link.sessionId, link.userId)
    const answers = await Promise.all(ids.map(claim))
    yield answers.filter(({ isClaimed }) => isClaimed).length
    after = ids.length < ABREAST ? undefined : ids.at(-1)
  }
}
