import type { Owner } from '../contract/caller.ts'
import { isFileId } from '../contract/file.ts'
import { type Part, fileIdsIn, isKnownPart } from '../contract/part.ts'
import { filesOf } from '../objects.ts'
import { addressOf } from './address.ts'

type Said = { parts: Part[] | null }

/** Addresses of files by their ids. */
export type Addresses = ReadonlyMap<string, string>

type SigningEnv = Pick<Env, 'OWNER_FILES' | 'JURISDICTION' | 'SESSION_SECRET'>

/** The files of Hilo's that messages name. */
export const filesIn = (messages: Said[]): string[] => [
  ...new Set(messages.flatMap(({ parts }) => fileIdsIn(parts)).filter(isFileId)),
]

/** Makes addresses for files of one owner. It is reckoned, and asks nobody. */
export async function addressesOf(
  env: SigningEnv,
  origin: string,
  owner: Owner,
  ids: string[],
  now: number,
): Promise<Addresses> {
  const store = filesOf(env, owner).id.toString()
  const sign = async (id: string) => [id, await addressOf(env, origin, { id, store }, now)] as const
  return new Map(await Promise.all(ids.map(sign)))
}

/** Messages with the addresses of their files. */
export const withAddresses = <M extends Said>(messages: M[], addresses: Addresses): M[] =>
  messages.map((message) => ({
    ...message,
    parts: message.parts?.map((part) => shown(part, addresses)) ?? null,
  }))

function shown(part: Part, addresses: Addresses): Part {
  if (!isKnownPart(part)) return part
  if (part.type === 'image_url') {
    const { file_id: id, ...rest } = part.image_url
    const url = addresses.get(id ?? '')
    return id && url ? { ...part, image_url: { file_id: id, url, ...rest } } : part
  }
  if (part.type === 'file') {
    const url = addresses.get(part.file.file_id ?? '')
    return url ? { ...part, file: { ...part.file, url } } : part
  }
  return part
}
