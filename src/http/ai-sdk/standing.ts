import type { Context } from 'hono'

import type { Owner } from '../../contract/caller.ts'
import { openDatabase } from '../../storage/database.ts'
import { sessionsOf } from '../../storage/session-links.ts'
import type { HonoEnv } from '../caller/caller.ts'
import { ask } from '../frame/ask.ts'
import { patiently } from '../frame/patience.ts'
import { granted } from '../frame/problem.ts'
import { ChatId, isMadeFromName, namedBy, ownId } from './chat-id.ts'

type Stub = ReturnType<Env['CONVERSATION']['getByName']>
export type Standing = Extract<Awaited<ReturnType<Stub['standing']>>, { ok: true }>

/** A chat that a client names: its conversation, and how that stands. */
export interface Chat {
  id: string
  /** Null if there is none, or it is somebody else's. */
  standing: Standing | null
}

/** How many of a user's sessions are looked through for a chat that one of them began. */
const SESSIONS = 20

/**
 * The chat of a name, as the caller has it. Null if there can't be any: a name means something to its owner only, and an
 * id that is made from a name is found by that.
 */
export async function chatOf(
  c: Context<HonoEnv>,
  name: string,
  ids: string[],
): Promise<Chat | null> {
  const { owner } = c.get('caller')
  if (!ChatId.safeParse(name).success) return null
  const own = ownId(name)
  if (own !== null) {
    const standing = await standingOf(c, own, ids)
    return standing === null && isMadeFromName(own) ? null : { id: own, standing }
  }
  if (owner === null) return null
  const id = await namedBy(owner, name)
  const standing = await standingOf(c, id, ids)
  if (standing !== null || owner.kind === 'session') return { id, standing }
  return (await begunBefore(c, owner, name, ids)) ?? { id, standing }
}

/** A chat that the user began under this name before they logged in. Asks D1, and only for a name that is not theirs yet. */
async function begunBefore(
  c: Context<HonoEnv>,
  user: Owner,
  name: string,
  ids: string[],
): Promise<Chat | null> {
  const db = openDatabase(c.env.DB)
  const sessions = await patiently(sessionsOf(db, user.id, SESSIONS), [])
  const chats = await Promise.all(
    sessions.map(async (session): Promise<Chat> => {
      const id = await namedBy({ kind: 'session', id: session }, name)
      return { id, standing: await standingOf(c, id, ids) }
    }),
  )
  return chats.find(({ standing }) => standing !== null) ?? null
}

async function standingOf(
  c: Context<HonoEnv>,
  id: string,
  ids: string[],
): Promise<Standing | null> {
  const answer = await ask(c, id, (object, call) => object.standing(call, ids))
  return !answer.ok && answer.why === 'no-such-conversation' ? null : granted(answer)
}
