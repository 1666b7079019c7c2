import type { Context } from 'hono'

import type { Owner } from '../../contract/caller.ts'
import { type FileRow, type StoredFile, isFileId } from '../../contract/file.ts'
import { type Part, fileIdsIn, isKnownPart } from '../../contract/part.ts'
import { addressOf } from '../../files/address.ts'
import { filesOf } from '../../objects.ts'
import type { HonoEnv } from '../caller/caller.ts'

/** Makes addresses for the files of one owner. */
export const addresses = (c: Context<HonoEnv>, owner: Owner) => {
  const store = filesOf(c.env, owner).id.toString()
  const { origin } = new URL(c.req.url)
  const now = Date.now()
  return (id: string) => addressOf(c.env, origin, { id, store }, now)
}

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
  if (!messages.some(({ parts }) => fileIdsIn(parts).some(isFileId))) return messages
  const addressed = addresses(c, owner)
  const shown = async (part: Part): Promise<Part> => {
    if (!isKnownPart(part)) return part
    if (part.type === 'image_url' && isFileId(part.image_url.file_id)) {
      const { file_id: id, ...rest } = part.image_url
      return { ...part, image_url: { file_id: id, url: await addressed(id), ...rest } }
    }
    if (part.type === 'file' && isFileId(part.file.file_id)) {
      return { ...part, file: { ...part.file, url: await addressed(part.file.file_id) } }
    }
    return part
  }
  return Promise.all(
    messages.map(async (message) => ({
      ...message,
      parts: message.parts && (await Promise.all(message.parts.map(shown))),
    })),
  )
}

/** Files as their owner is shown them. */
export function toFiles(c: Context<HonoEnv>, owner: Owner, rows: FileRow[]): Promise<StoredFile[]> {
  const addressed = addresses(c, owner)
  return Promise.all(
    rows.map(async ({ id, name, type, bytes, sha256, createdAt }) => ({
      id,
      object: 'file' as const,
      name,
      type,
      bytes,
      sha256,
      created_at: new Date(createdAt).toISOString(),
      url: await addressed(id),
    })),
  )
}
