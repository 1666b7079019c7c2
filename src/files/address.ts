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

const signed = ({ id, store, expires }: Addressed): Uint8Array =>
  encoder.encode(`${store}\n${id}\n${expires}`)

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
  const [key] = keysOf(env)
  const expires = (Math.ceil(now / FILE_URL_MS) * FILE_URL_MS + FILE_URL_MS) / 1000
  const signature = await crypto.subtle.sign('HMAC', (await key)!, signed({ ...file, expires }))
  const query = new URLSearchParams({
    expires: String(expires),
    store: file.store,
    signature: new Uint8Array(signature).toBase64({ alphabet: 'base64url', omitPadding: true }),
  })
  return `${origin}/api/files/${file.id}/content?${query.toString()}`
}

/** Whether an address is ours and still good. */
export async function isGood(
  env: object,
  file: Addressed,
  signature: string,
  now: number,
): Promise<boolean> {
  if (!(file.expires * 1000 > now)) return false
  let bytes: Uint8Array
  try {
    bytes = Uint8Array.fromBase64(signature, { alphabet: 'base64url' })
  } catch {
    return false
  }
  for (const key of keysOf(env)) {
    if (await crypto.subtle.verify('HMAC', await key, bytes, signed(file))) return true
  }
  return false
}
