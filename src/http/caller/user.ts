import {
  type JWTVerifyGetKey,
  type JWTVerifyOptions,
  createRemoteJWKSet,
  errors,
  jwtVerify,
} from 'jose'

import { OWNER_LENGTH } from '../../contract/limits.ts'
import { isKeepable } from '../../contract/text.ts'
import { SettingError, requiredText, text } from '../../settings.ts'
import { tryAgain } from '../frame/problem.ts'
import { hmacKey } from './keys.ts'
import { type Fault, type Proof, faultOf, proofOf } from './proof.ts'

type UserEnv = Pick<Env, 'AUTH_JWKS_URL' | 'AUTH_ISSUER' | 'AUTH_AUDIENCE' | 'AUTH_JWT_SECRET'>

/** Seconds that the identity provider's clock may be off. */
const CLOCK_TOLERANCE_S = 10

const FETCH_MS = 5_000

/** The user that a token proves, or why it proves none. Throws if this deployment knows no users, or can't ask. */
export async function verifyUser(env: UserEnv, token: string): Promise<Proof | Fault> {
  const { key, options } = await verifierOf(env)
  try {
    const { payload } = await (typeof key === 'function'
      ? jwtVerify(token, key, options)
      : jwtVerify(token, key, options))
    const { sub } = payload
    return proofOf(payload, isUsable(sub) ? sub : undefined, CLOCK_TOLERANCE_S)
  } catch (error) {
    if (!(error instanceof errors.JOSEError) || isUnreachable(error)) {
      throw tryAgain('The identity provider does not answer with its keys.')
    }
    return faultOf(error)
  }
}

const isUsable = (sub: string | undefined): sub is string =>
  typeof sub === 'string' && sub !== '' && sub.length <= OWNER_LENGTH && isKeepable(sub)

// A key set that can't be had says nothing of the token; jose reports a bad answer with its base class.
const isUnreachable = (error: errors.JOSEError): boolean =>
  error instanceof errors.JWKSTimeout ||
  error instanceof errors.JWKSInvalid ||
  error.code === 'ERR_JOSE_GENERIC'

interface Verifier {
  key: CryptoKey | JWTVerifyGetKey
  options: JWTVerifyOptions
}

/** How users are known here. Throws `SettingError` if that makes no sense. */
export async function verifierOf(env: UserEnv): Promise<Verifier> {
  const url = text(env, 'AUTH_JWKS_URL')
  const secret = text(env, 'AUTH_JWT_SECRET')
  const requiredClaims = ['sub', 'exp']
  const shared = { requiredClaims, clockTolerance: CLOCK_TOLERANCE_S }
  if (url !== undefined && secret !== undefined) {
    throw new SettingError('AUTH_JWKS_URL and AUTH_JWT_SECRET are both set. Remove one of them.')
  }
  if (url !== undefined) {
    const issuer = requiredText(env, 'AUTH_ISSUER')
    const audience = requiredText(env, 'AUTH_AUDIENCE')
    const algorithms = ['RS256', 'ES256', 'EdDSA']
    return { key: keySet(url), options: { ...shared, issuer, audience, algorithms } }
  }
  if (secret === undefined) {
    throw new SettingError(
      'This deployment knows no users. Set AUTH_JWKS_URL, AUTH_ISSUER and AUTH_AUDIENCE under [vars] in ' +
        'wrangler.toml, or AUTH_JWT_SECRET with `npx wrangler secret put AUTH_JWT_SECRET`.',
    )
  }
  const issuer = text(env, 'AUTH_ISSUER')
  const audience = text(env, 'AUTH_AUDIENCE')
  return {
    key: await hmacKey('AUTH_JWT_SECRET', secret),
    options: {
      ...shared,
      algorithms: ['HS256'],
      ...(issuer !== undefined && { issuer }),
      ...(audience !== undefined && { audience }),
    },
  }
}

const keySets = new Map<string, JWTVerifyGetKey>()

// Kept for the isolate's life, so that most requests need no fetch; jose refreshes it if a key is unknown.
function keySet(url: string): JWTVerifyGetKey {
  const known = keySets.get(url)
  if (known) return known
  if (!URL.canParse(url)) throw new SettingError('AUTH_JWKS_URL is not a URL.')
  const made = createRemoteJWKSet(new URL(url), { timeoutDuration: FETCH_MS })
  keySets.set(url, made)
  return made
}
