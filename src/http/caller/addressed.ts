import type { Context } from 'hono'

import { isFileId } from '../../contract/file.ts'
import { isGood, isGoodForUpload } from '../../files/address.ts'
import { Problem } from '../frame/problem.ts'
import type { HonoEnv } from './caller.ts'

/**
 * Whose file a signed address is of, as the id of the object that has it; null if the request shows no such address.
 * Throws if it is not good, or no longer.
 */
export async function addressedStore(c: Context<HonoEnv>): Promise<string | null> {
  const [, id] = /^\/api\/files\/([^/]+)\/content\/?$/.exec(c.req.path) ?? []
  const { signature, store = '', expires = '', name = '' } = c.req.query()
  const isToken = c.req.header('authorization') !== undefined
  if (id === undefined || signature === undefined || isToken) return null
  const isPut = c.req.method === 'PUT'
  const file = { id, store, expires: Number(expires), name }
  const isOurs =
    isFileId(id) &&
    /^\d{10,12}$/.test(expires) &&
    (await (isPut ? isGoodForUpload : isGood)(c.env, file, signature, Date.now()))
  if (isOurs) return store
  throw new Problem('invalid-ticket', {
    detail: isPut
      ? 'An address for an upload is good for an hour or two. Ask for a new one.'
      : 'The address of a file is good for an hour. Read the message again for a new one.',
  })
}
