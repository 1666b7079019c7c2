import type { Context } from 'hono'

import type { Owner } from '../../contract/caller.ts'
import type { HonoEnv } from '../caller/caller.ts'
import { ask } from '../frame/ask.ts'
import { importIds } from '../routes/portable/import-ids.ts'
import { begunBefore } from '../routes/sessions/begun-before.ts'

/**
 * The id of the thread that an owner's client knows by an id of its own: always the same, and nobody else's. Also one that
 * it got by a secret that is being rotated out, or that began before its owner logged in.
 */
export async function idByExternal(
  c: Context<HonoEnv>,
  owner: Owner,
  externalId: string,
): Promise<string> {
  const { now, before } = await importIds(c.env, owner, 'assistant-ui', externalId)
  const own = await firstOwn(c, [now, ...before])
  if (own !== null) return own
  const claimed = await begunBefore(c, owner, async (session) => {
    const ids = await importIds(c.env, session, 'assistant-ui', externalId)
    return firstOwn(c, [ids.now, ...ids.before])
  })
  return claimed ?? now
}

/** The first of these that is there and the caller's. */
async function firstOwn(c: Context<HonoEnv>, ids: string[]): Promise<string | null> {
  for (const id of ids) {
    const answer = await ask(c, id, (object, call) => object.isOwn(call))
    if (answer.ok && answer.isOwn) return id
  }
  return null
}
