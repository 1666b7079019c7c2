import { INLINE_BYTES } from '../../contract/file.ts'
import type { Part } from '../../contract/part.ts'
import type { ReplyEnd } from '../../contract/reply-events.ts'
import { type Addresses, addressesOf, filesIn, withAddresses } from '../../files/addressed.ts'
import { type Files, base64In, bytesIn, keepBytes } from '../../files/keep-bytes.ts'
import { filesOf } from '../../objects.ts'
import { bucketOf, maxFileBytes } from '../../settings.ts'
import { within } from '../../within.ts'
import type { Core } from '../duties/core.ts'

/** How long a reply that has ended waits for a picture to be kept, and how often that is tried. */
const PATIENCE_MS = 10_000
const ATTEMPTS = 3
/** Where there is no bucket, UTF-16 units of pictures that a message has room for. */
const INLINE_CHARS = 500_000

/** Pictures as they came, for a message that names no file: those for which there is no room are told by a name. */
export function inline(urls: string[]): Part[] {
  let room = INLINE_CHARS
  return urls.map((url): Part => {
    const [, kind = 'png'] = /^data:image\/(\w{1,10})/.exec(url) ?? []
    if (url.length > room) return { type: 'file', file: { filename: `picture.${kind}` } }
    room -= url.length
    return { type: 'image_url', image_url: { url } }
  })
}

/** Pictures that a model made, as parts of its reply: files of the owner's, where there is a bucket that takes them. */
export async function keptPictures(core: Core, urls: string[]): Promise<Part[]> {
  const kept: (Part | null)[] = []
  for (const url of urls) kept.push(await keptPicture(core, url))
  const left = inline(urls.filter((_, index) => kept[index] === null))
  return kept.map((part) => part ?? left.shift()!)
}

async function keptPicture(core: Core, url: string): Promise<Part | null> {
  const bytes = url.startsWith('data:') ? bytesIn(base64In(url)) : null
  if (bytes === null || bytes.byteLength <= INLINE_BYTES) return null
  for (let attempt = 1; attempt <= ATTEMPTS; attempt += 1) {
    try {
      const id = await within(PATIENCE_MS, fileOf(core, bytes))
      return id === null ? null : { type: 'image_url', image_url: { file_id: id } }
    } catch {
      if (attempt < ATTEMPTS) await scheduler.wait(100 * 2 ** attempt)
    }
  }
  return null
}

/** The id of the file that bytes become, which this conversation is about to name; null if there is no place for them. */
async function fileOf({ settings, log, id }: Core, bytes: Uint8Array): Promise<string | null> {
  const env = settings()
  const [owner] = log.owners()
  const bucket = bucketOf(env)
  if (!owner || bucket === null || bytes.byteLength > maxFileBytes(env)) return null
  const ask = async <Answers>(question: (files: Files) => Answers): Promise<Awaited<Answers>> =>
    await question(filesOf(env, owner))
  const kept = await keepBytes(ask, bucket, bytes, null)
  if (!kept.ok) return null
  const referred = await ask((files) => files.refer(id, [kept.file.id]))
  return referred.ok && referred.missing.length === 0 ? kept.file.id : null
}

/** Addresses at which they can be read, for those who follow the reply. */
export async function addressesFor(
  { settings, log }: Core,
  origin: string | undefined,
  parts: Part[],
): Promise<Addresses> {
  const [owner] = log.owners()
  const ids = filesIn([{ parts }])
  if (!owner || origin === undefined || ids.length === 0) return new Map()
  return addressesOf(settings(), origin, owner, ids, Date.now())
}

/** An end with addresses for the files of its message. */
export function withAddressesIn(end: ReplyEnd, addresses: Addresses): ReplyEnd {
  if (addresses.size === 0 || end.kind === 'failed' || end.message === null) return end
  return { ...end, message: withAddresses([end.message], addresses)[0]! }
}
