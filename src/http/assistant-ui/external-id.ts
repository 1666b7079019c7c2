import type { Context } from 'hono'

import type { Owner } from '../../contract/caller.ts'
import type { HonoEnv } from '../caller/caller.ts'
import { ask } from '../frame/ask.ts'
import { importIds } from '../routes/portable/import-ids.ts'

/**
 * The id of the thread that an owner's client knows by an id of its own: always the same, and nobody else's. Also one that
 * it got by a secret that is being rotated out.
 */
export async function idByExternal(
  c: Context<HonoEnv>,
  owner: Owner,
  externalId: string,
): Promise<string> {
  const { now, before } = await importIds(c.env, owner, 'assistant-ui', externalId)
  for (const id of before) {
    const answer = await ask(c, id, (object, call) => object.isOwn(call))
    if (answer.ok && answer.isOwn) return id
  }
  return now
}
