import { list, requiredSecret } from '../../settings.ts'

type SecretEnv = Pick<Env, 'SESSION_SECRET'>

const encoder = new TextEncoder()
const derived = new Map<string, CryptoKey>()

/**
 * HMAC keys for ids that nobody else works out: the one that counts now, then those of secrets that are being rotated out.
 *
 * @param info what they are for: it makes them other keys than what signs tokens with the same secret
 */
export async function secretKeys(
  env: SecretEnv,
  info: string,
): Promise<[CryptoKey, ...CryptoKey[]]> {
  requiredSecret(env, 'SESSION_SECRET')
  const [newest = '', ...older] = list(env, 'SESSION_SECRET')
  return Promise.all([keyOf(newest, info), ...older.map((secret) => keyOf(secret, info))])
}

async function keyOf(secret: string, info: string): Promise<CryptoKey> {
  const name = JSON.stringify([info, secret])
  const known = derived.get(name)
  if (known) return known
  const key = await derive(secret, info)
  derived.set(name, key)
  return key
}

async function derive(secret: string, info: string): Promise<CryptoKey> {
  const from = await crypto.subtle.importKey('raw', encoder.encode(secret), 'HKDF', false, [
    'deriveKey',
  ])
  return crypto.subtle.deriveKey(
    { name: 'HKDF', hash: 'SHA-256', salt: new Uint8Array(), info: encoder.encode(info) },
    from,
    { name: 'HMAC', hash: 'SHA-256', length: 256 },
    false,
    ['sign'],
  )
}
