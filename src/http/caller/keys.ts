import { SettingError } from '../../settings.ts'

const MIN_SECRET = 32

const imported = new Map<string, CryptoKey>()

/** The HMAC key of a secret; imported once, since that costs more than verifying with it. */
export async function hmacKey(name: string, secret: string): Promise<CryptoKey> {
  const known = imported.get(secret)
  if (known) return known
  if (secret.length < MIN_SECRET) {
    throw new SettingError(
      `${name} is shorter than ${MIN_SECRET} characters. Make one with \`openssl rand -base64 32\`.`,
    )
  }
  const bytes = new TextEncoder().encode(secret)
  const algorithm = { name: 'HMAC', hash: 'SHA-256' }
  const key = await crypto.subtle.importKey('raw', bytes, algorithm, false, ['sign', 'verify'])
  imported.set(secret, key)
  return key
}
