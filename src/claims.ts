import { OBJECTS_ABREAST } from './contract/limits.ts'
import { nameOf } from './events.ts'
import { filesOf, objectOf } from './objects.ts'
import type { Database } from './storage/database.ts'
import { unclaimed } from './storage/session-links.ts'
import type { SessionLinkRow } from './storage/tables.ts'

/** What became of a link's conversations. */
interface Claims {
  claimed: number
  /** Objects that could not be told. They are told when the link is carried out again. */
  failed: number
  /** Why not: the name of the last error, or that the end came first. */
  error: string
}

/**
 * Tells every object that a link is about. What is left to tell is what the record still shows unclaimed, so it may be
 * cut anywhere. One object that fails does not keep the others waiting. A link without failures may be closed.
 *
 * @param end when to begin with no more of them, in ms since the epoch
 */
export async function tellClaims(
  env: Pick<Env, 'CONVERSATION' | 'OWNER_FILES' | 'JURISDICTION'>,
  db: Database,
  link: SessionLinkRow,
  requestId: string,
  end = Infinity,
): Promise<Claims> {
  const claims: Claims = { claimed: 0, failed: 0, error: 'out-of-time' }
  // Their files first: who may read a message can read what it names.
  try {
    await handOverFiles(env, link)
  } catch (error) {
    return { claimed: 0, failed: 1, error: nameOf(error) }
  }
  let after: string | undefined = ''
  while (after !== undefined) {
    if (Date.now() > end) return { ...claims, failed: claims.failed + 1 }
    const ids = await unclaimed(db, link, after, OBJECTS_ABREAST)
    const claim = async (id: string) =>
      objectOf(env, id).claim(requestId, link.sessionId, link.userId)
    for (const answer of await Promise.allSettled(ids.map(claim))) {
      if (answer.status === 'rejected') {
        claims.failed += 1
        claims.error = nameOf(answer.reason)
      } else if (answer.value.isClaimed) claims.claimed += 1
    }
    after = ids.length < OBJECTS_ABREAST ? undefined : ids.at(-1)
  }
  return claims
}

/** The files of the link's conversations become the user's; tried again with the link. */
async function handOverFiles(
  env: Pick<Env, 'OWNER_FILES' | 'JURISDICTION'>,
  { sessionId, userId, narrowedTo }: SessionLinkRow,
): Promise<void> {
  const files = filesOf(env, { kind: 'session', id: sessionId })
  await files.handOver({ kind: 'user', id: userId }, narrowedTo)
}
