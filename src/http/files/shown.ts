import type { Context } from 'hono'

import type { Owner } from '../../contract/caller.ts'
import type { FileRow, StoredFile } from '../../contract/file.ts'
import type { Part } from '../../contract/part.ts'
import { addressesOf, filesIn, withAddresses } from '../../files/addressed.ts'
import type { HonoEnv } from '../caller/caller.ts'

/** Makes addresses for the files of one owner. */
export const addresses = (c: Context<HonoEnv>, owner: Owner, ids: string[]) =>
  addressesOf(c.env, new URL(c.req.url).origin, owner, ids, Date.now())

/** Whose a conversation is. */
export const ownerOf = (conversation: {
  user_id: string | null
  session_id: string | null
}): Owner =>
  conversation.user_id === null
    ? { kind: 'session', id: conversation.session_id ?? '' }
    : { kind: 'user', id: conversation.user_id }

/** Messages with an address for each of their files, for whoever may read them. */
export async function withUrls<M extends { parts: Part[] | null }>(
  c: Context<HonoEnv>,
  owner: Owner,
  messages: M[],
): Promise<M[]> {
  const ids = filesIn(messages)
  return ids.length === 0 ? messages : withAddresses(messages, await addresses(c, owner, ids))
}

/** Files as their owner is shown them. */
export async function toFiles(
  c: Context<HonoEnv>,
  owner: Owner,
  rows: FileRow[],
): Promise<StoredFile[]> {
  const urls = await addresses(
    c,
    owner,
    rows.map(({ id }) => id),
  )
  return rows.map(({ id, name, type, bytes, sha256, createdAt }) => ({
    id,
    object: 'file' as const,
    name,
    type,
    bytes,
    sha256,
    created_at: new Date(createdAt).toISOString(),
    url: urls.get(id) ?? '',
  }))
}
