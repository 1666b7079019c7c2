import type { Context } from 'hono'

import type { Owner } from '../../../contract/caller.ts'
import { openDatabase } from '../../../storage/database.ts'
import { sessionsOf } from '../../../storage/session-links.ts'
import type { HonoEnv } from '../../caller/caller.ts'
import { patiently } from '../../frame/patience.ts'

/** How many of a user's sessions are looked through for what one of them began. */
const SESSIONS = 20

/**
 * What a user began under a name before they logged in; null if nothing. Asks D1, so look first whether the name means
 * something of the user's own.
 *
 * @param find what a session calls by that name, if it is the user's now
 */
export async function begunBefore<Found>(
  c: Context<HonoEnv>,
  user: Owner,
  find: (session: Owner) => Promise<Found | null>,
): Promise<Found | null> {
  if (user.kind === 'session') return null
  const db = openDatabase(c.env.DB)
  const sessions = await patiently(sessionsOf(db, user.id, SESSIONS), [])
  const found = await Promise.all(sessions.map((id) => find({ kind: 'session', id })))
  return found.find((one) => one !== null) ?? null
}
