import { FILE_URL_MS } from '../contract/file.ts'
import { secretKeys } from '../secret-keys.ts'

/** What an address says: which file of whose, until when (seconds since the epoch). */
export interface Addressed {
  id: string
  /** The id of the object that has it. */
  store: string
  expires: number
}

const encoder = new TextEncoder()

const signed = ({ id, store, expires }: Addressed): Uint8Array =>
  encoder.encode(`${store}\n${id}\n${expires}`)

const keysOf = (env: Pick<Env, 'SESSION_SECRET'>) => secretKeys(env, 'hilo: addresses of files')

/**
 * An address at which a file can be read by whoever has it, such as a picture of a page, which can show no token. For some
 * time it is the same, so that a browser need not load it anew.
 */
export async function addressOf(
  env: Pick<Env, 'SESSION_SECRET'>,
  origin: string,
  file: Omit<Addressed, 'expires'>,
  now: number,
): Promise<string> {
  const [key] = await keysOf(env)
  const expires = (Math.ceil(now / FILE_URL_MS) * FILE_URL_MS + FILE_URL_MS) / 1000
  const signature = await crypto.subtle.sign('HMAC', key, signed({ ...file, expires }))
  const query = new URLSearchParams({
    expires: String(expires),
    store: file.store,
    signature: new Uint8Array(signature).toBase64({ alphabet: 'base64url', omitPadding: true }),
  })
  return `${origin}/api/files/${file.id}/content?${query.toString()}`
}

/** Whether an address is ours and still good. */
export async function isGood(
  env: Pick<Env, 'SESSION_SECRET'>,
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
  for (const key of await keysOf(env)) {
    if (await crypto.subtle.verify('HMAC', key, bytes, signed(file))) return true
  }
  return false
}
