import { FILE_URL_MS } from '../contract/file.ts'
import { list, requiredSecret } from '../settings.ts'

/** What an address says: which file of whose, until when (seconds since the epoch). */
export interface Addressed {
  id: string
  /** The id of the object that has it. */
  store: string
  expires: number
}

const encoder = new TextEncoder()
const derived = new Map<string, CryptoKey>()
const algorithm = { name: 'HMAC', hash: 'SHA-256' }

/** Of a secret and not it itself: no signature of an address is good for anything else. */
async function derive(secret: string): Promise<CryptoKey> {
  const known = derived.get(secret)
  if (known) return known
  const key = await importKey(encoder.encode(secret))
  const bytes = await crypto.subtle.sign('HMAC', key, encoder.encode('hilo file address'))
  const made = await importKey(new Uint8Array(bytes))
  derived.set(secret, made)
  return made
}

const importKey = (bytes: Uint8Array): Promise<CryptoKey> =>
  crypto.subtle.importKey('raw', bytes, algorithm, false, ['sign', 'verify'])

/** What an address at which a file may be put says beside that. */
export interface ForUpload extends Addressed {
  /** The name that the file gets; empty for none. */
  name: string
}

// A store is hexadecimal: so neither of these ever says what the other does.
const toRead = ({ id, store, expires }: Addressed): string => `${store}\n${id}\n${expires}`
const toPut = (file: ForUpload): string => `upload\n${toRead(file)}\n${file.name}`

// The first secret signs, all of them verify: as with sessions, one can be rotated out.
const keysOf = (env: object): Promise<CryptoKey>[] => {
  requiredSecret(env, 'SESSION_SECRET')
  return list(env, 'SESSION_SECRET').map(derive)
}

/**
 * An address at which a file can be read by whoever has it, such as a picture of a page, which can show no token. For some
 * time it is the same, so that a browser need not load it anew.
 */
export async function addressOf(
  env: object,
  origin: string,
  file: Omit<Addressed, 'expires'>,
  now: number,
): Promise<string> {
  const expires = endOf(now)
  const signature = await sign(env, toRead({ ...file, expires }))
  const query = { expires: String(expires), store: file.store, signature }
  return at(origin, file.id, query)
}

/** When an address that is made now ends, in seconds since the epoch. */
export const endOf = (now: number): number =>
  (Math.ceil(now / FILE_URL_MS) * FILE_URL_MS + FILE_URL_MS) / 1000

/** An address at which one file can be put, once, by whoever has it. */
export async function uploadAddressOf(
  env: object,
  origin: string,
  file: ForUpload,
): Promise<string> {
  const signature = await sign(env, toPut(file))
  const { id, store, expires, name } = file
  return at(origin, id, { expires: String(expires), store, name, signature })
}

const at = (origin: string, id: string, query: Record<string, string>): string =>
  `${origin}/api/files/${id}/content?${new URLSearchParams(query).toString()}`

async function sign(env: object, what: string): Promise<string> {
  const [key] = keysOf(env)
  const signature = await crypto.subtle.sign('HMAC', (await key)!, encoder.encode(what))
  return new Uint8Array(signature).toBase64({ alphabet: 'base64url', omitPadding: true })
}

/** Whether an address is ours and still good. */
export const isGood = (
  env: object,
  file: Addressed,
  signature: string,
  now: number,
): Promise<boolean> => isSigned(env, file.expires, toRead(file), signature, now)

/** The same of one at which a file may be put. */
export const isGoodForUpload = (
  env: object,
  file: ForUpload,
  signature: string,
  now: number,
): Promise<boolean> => isSigned(env, file.expires, toPut(file), signature, now)

async function isSigned(
  env: object,
  expires: number,
  what: string,
  signature: string,
  now: number,
): Promise<boolean> {
  if (!(expires * 1000 > now)) return false
  let bytes: Uint8Array
  try {
    bytes = Uint8Array.fromBase64(signature, { alphabet: 'base64url' })
  } catch {
    return false
  }
  for (const key of keysOf(env)) {
    if (await crypto.subtle.verify('HMAC', await key, bytes, encoder.encode(what))) return true
  }
  return false
}
