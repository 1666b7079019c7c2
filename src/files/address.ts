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

/** What an address at which a file may be put says beside that. */
export interface ForUpload extends Addressed {
  /** The name that the file gets; empty for none. */
  name: string
}

// A store is hexadecimal: so neither of these ever says what the other does.
const toRead = ({ id, store, expires }: Addressed): string => `${store}\n${id}\n${expires}`
const toPut = (file: ForUpload): string => `upload\n${toRead(file)}\n${file.name}`

type SecretEnv = Pick<Env, 'SESSION_SECRET'>

const keysOf = (env: SecretEnv) => secretKeys(env, 'hilo: addresses of files')

/**
 * An address at which a file can be read by whoever has it, such as a picture of a page, which can show no token. For some
 * time it is the same, so that a browser need not load it anew.
 */
export async function addressOf(
  env: SecretEnv,
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
  env: SecretEnv,
  origin: string,
  file: ForUpload,
): Promise<string> {
  const signature = await sign(env, toPut(file))
  const { id, store, expires, name } = file
  return at(origin, id, { expires: String(expires), store, name, signature })
}

const at = (origin: string, id: string, query: Record<string, string>): string =>
  `${origin}/api/files/${id}/content?${new URLSearchParams(query).toString()}`

async function sign(env: SecretEnv, what: string): Promise<string> {
  const [key] = await keysOf(env)
  const signature = await crypto.subtle.sign('HMAC', key, encoder.encode(what))
  return new Uint8Array(signature).toBase64({ alphabet: 'base64url', omitPadding: true })
}

/** Whether an address is ours and still good. */
export const isGood = (
  env: SecretEnv,
  file: Addressed,
  signature: string,
  now: number,
): Promise<boolean> => isSigned(env, file.expires, toRead(file), signature, now)

/** The same of one at which a file may be put. */
export const isGoodForUpload = (
  env: SecretEnv,
  file: ForUpload,
  signature: string,
  now: number,
): Promise<boolean> => isSigned(env, file.expires, toPut(file), signature, now)

async function isSigned(
  env: SecretEnv,
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
  for (const key of await keysOf(env)) {
    if (await crypto.subtle.verify('HMAC', key, bytes, encoder.encode(what))) return true
  }
  return false
}
