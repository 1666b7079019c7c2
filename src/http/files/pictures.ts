import type { Context } from 'hono'

import type { Owner } from '../../contract/caller.ts'
import { isFileId, isPicture } from '../../contract/file.ts'
import { type Part, fileIdsIn, isKnownPart } from '../../contract/part.ts'
import type { PortableMessage } from '../../contract/portable.ts'
import { bucketOf } from '../../settings.ts'
import type { HonoEnv } from '../caller/caller.ts'
import { askFiles } from '../frame/ask.ts'
import { withUrls } from './shown.ts'

/** Up to how many bytes a picture stands in a file for people; of a larger one there is an address, for an hour. */
const INLINE_PICTURE_BYTES = 2 ** 20

/** Whether a message names files of Hilo's. */
export const hasFiles = ({ parts }: PortableMessage): boolean => fileIdsIn(parts).some(isFileId)

/** A message with its pictures in it, for a file that people read. */
export async function withPictures(
  c: Context<HonoEnv>,
  owner: Owner,
  message: PortableMessage,
): Promise<PortableMessage> {
  const [shown] = await withUrls(c, owner, [message])
  const parts: Part[] = []
  for (const part of shown?.parts ?? []) parts.push(await inlined(c, owner, part))
  return { ...message, parts }
}

async function inlined(c: Context<HonoEnv>, owner: Owner, part: Part): Promise<Part> {
  if (!isKnownPart(part) || (part.type !== 'image_url' && part.type !== 'file')) return part
  const { file_id: id } = part.type === 'file' ? part.file : part.image_url
  const data = isFileId(id) ? await dataOf(c, owner, id) : null
  if (data === null) return part
  return part.type === 'file'
    ? { ...part, file: { ...part.file, file_data: data } }
    : { ...part, image_url: { ...part.image_url, url: data } }
}

/** Null for what is no picture, too large, or not to be had. */
async function dataOf(c: Context<HonoEnv>, owner: Owner, id: string): Promise<string | null> {
  const file = await askFiles(c, owner, (files) => files.open(id))
  if (file === null || !isPicture(file.type) || file.bytes > INLINE_PICTURE_BYTES) return null
  const object = await bucketOf(c.env)
    ?.get(file.key)
    .catch(() => null)
  if (!object) return null
  return `data:${file.type};base64,${new Uint8Array(await object.arrayBuffer()).toBase64()}`
}
