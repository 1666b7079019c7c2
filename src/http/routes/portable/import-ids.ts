import type { Owner } from '../../../contract/caller.ts'
import type { ImportSource } from '../../../contract/import.ts'
import { idOfImported } from '../../../portable/import/ids.ts'
import { list, requiredSecret } from '../../../settings.ts'

type SecretEnv = Pick<Env, 'SESSION_SECRET'>

const encoder = new TextEncoder()
const derived = new Map<string, Promise<CryptoKey>>()

/** The key of imported ids. Its own `info` makes it another one than what signs tokens with the same secret. */
function keyOf(secret: string): Promise<CryptoKey> {
  const known = derived.get(secret)
  if (known) return known
  const key = derive(secret)
  derived.set(secret, key)
  return key
}

async function derive(secret: string): Promise<CryptoKey> {
  const from = await crypto.subtle.importKey('raw', encoder.encode(secret), 'HKDF', false, [
    'deriveKey',
  ])
  const info = encoder.encode('hilo: ids of imported conversations')
  return crypto.subtle.deriveKey(
    { name: 'HKDF', hash: 'SHA-256', salt: new Uint8Array(), info },
    from,
    { name: 'HMAC', hash: 'SHA-256', length: 256 },
    false,
    ['sign'],
  )
}

/** The ids that a conversation may have here: the one it gets now, then those it may have got before. */
interface ImportIds {
  now: string
  /** By a secret that is being rotated out. */
  before: string[]
  /** By none, as it was at first. */
  unkeyed: string
}

export async function importIds(
  env: SecretEnv,
  owner: Owner,
  source: ImportSource | 'assistant-ui',
  sourceId: string,
): Promise<ImportIds> {
  requiredSecret(env, 'SESSION_SECRET')
  const [newest = '', ...older] = list(env, 'SESSION_SECRET')
  const idBy = (key: CryptoKey | null) => idOfImported(key, owner, source, sourceId)
  const [now, unkeyed, ...before] = await Promise.all([
    idBy(await keyOf(newest)),
    idBy(null),
    ...older.map(async (secret) => idBy(await keyOf(secret))),
  ])
  return { now, before, unkeyed }
}
