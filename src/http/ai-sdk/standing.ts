import type { Context } from 'hono'

import type { HonoEnv } from '../caller/caller.ts'
import { ask } from '../frame/ask.ts'
import { granted } from '../frame/problem.ts'
import { begunBefore } from '../routes/sessions/begun-before.ts'
import { ChatId, isMadeFromName, namedBy, ownId } from './chat-id.ts'

type Stub = ReturnType<Env['CONVERSATION']['getByName']>
export type Standing = Extract<Awaited<ReturnType<Stub['standing']>>, { ok: true }>

/** A chat that a client names: its conversation, and how that stands. */
export interface Chat {
  id: string
  /** Null if there is none, or it is somebody else's. */
  standing: Standing | null
}

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
  if (standing !== null) return { id, standing }
  const before = await begunBefore(c, owner, async (session): Promise<Chat | null> => {
    const begun = await namedBy(session, name)
    const stands = await standingOf(c, begun, ids)
    return stands && { id: begun, standing: stands }
  })
  return before ?? { id, standing }
}

async function standingOf(
  c: Context<HonoEnv>,
  id: string,
  ids: string[],
): Promise<Standing | null> {
  const answer = await ask(c, id, (object, call) => object.standing(call, ids))
  return !answer.ok && answer.why === 'no-such-conversation' ? null : granted(answer)
}
