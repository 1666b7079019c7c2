import { SignJWT, exportJWK, exportSPKI, generateKeyPair } from 'jose'

import { network } from './network.ts'

const algorithms = ['RS256', 'ES256', 'EdDSA', 'PS256'] as const
type Algorithm = (typeof algorithms)[number]

const keys = new Map(
  await Promise.all(
    algorithms.map(
      async (alg) => [alg, await generateKeyPair(alg, { extractable: true })] as const,
    ),
  ),
)

const keyOf = (alg: Algorithm) => {
  const key = keys.get(alg)
  if (!key) throw new Error(`no key for ${alg}`)
  return key
}

/** The key set of an identity provider, as it publishes it. */
export const keySet = {
  keys: await Promise.all(
    algorithms.map(async (alg) => ({ ...(await exportJWK(keyOf(alg).publicKey)), alg, kid: alg })),
  ),
}

/** A place of its own if a key set may be published, and the settings of a Worker that looks there. */
export function keySetPlace() {
  const where = `keys.test/${crypto.randomUUID()}`
  const settings = {
    AUTH_JWKS_URL: `https://${where}`,
    AUTH_ISSUER: 'https://issuer.test',
    AUTH_AUDIENCE: 'hilo',
    AUTH_JWT_SECRET: '',
  }
  return {
    settings,
    publish: (document: unknown = keySet, status = 200) => network.serve(where, document, status),
  }
}

/** A token of the identity provider: everything right but what `claims` and `header` change. */
export function tokenOfProvider(
  alg: Algorithm,
  sub: string,
  claims: object = {},
  header: { kid?: string; typ?: string } = {},
): Promise<string> {
  const now = Math.floor(Date.now() / 1000)
  return new SignJWT({
    sub,
    iss: 'https://issuer.test',
    aud: 'hilo',
    iat: now,
    exp: now + 3600,
    ...claims,
  })
    .setProtectedHeader({ alg, kid: alg, ...header })
    .sign(keyOf(alg).privateKey)
}

/** Signs with what everybody knows, the public key, as if it were a shared secret. */
export async function confused(): Promise<string> {
  const key = keyOf('RS256').publicKey
  return new SignJWT({ sub: 'ann', iss: 'https://issuer.test', aud: 'hilo' })
    .setProtectedHeader({ alg: 'HS256', kid: 'RS256' })
    .setExpirationTime('1h')
    .sign(new TextEncoder().encode(await exportSPKI(key)))
}

/** Says that it needs no signature, and has none. */
export const unsigned = async () => {
  const [, payload] = (await tokenOfProvider('RS256', 'ann')).split('.')
  return `${btoa(JSON.stringify({ alg: 'none', kid: 'RS256' })).replaceAll('=', '')}.${payload}.`
}

/** Carries the signature of another. */
export const swapped = async () => {
  const [header, , signature] = (await tokenOfProvider('ES256', 'ann')).split('.')
  const [, payload] = (await tokenOfProvider('ES256', 'bob')).split('.')
  return `${header}.${payload}.${signature}`
}
