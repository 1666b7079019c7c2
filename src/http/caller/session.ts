import { SignJWT, errors, jwtVerify } from 'jose'

import { list, requiredSecret, wholeNumber } from '../../settings.ts'
import { hmacKey } from './keys.ts'
import { type Fault, type Proof, faultOf, proofOf } from './proof.ts'

/** Tells a session's token from a user's, before and by its signature. */
export const SESSION_TYP = 'hilo-session+jwt'

type SessionEnv = Pick<Env, 'SESSION_SECRET' | 'SESSION_TTL_DAYS'>

const DAY_S = 24 * 60 * 60

export interface SessionToken {
  token: string
  expiresAt: Date
  maxAgeSeconds: number
}

/** @throws SettingError if SESSION_SECRET is missing */
export async function issueSession(
  env: SessionEnv,
  sessionId: string,
  now: Date,
): Promise<SessionToken> {
  const [key] = await sessionKeys(env)
  const maxAgeSeconds = wholeNumber(env, 'SESSION_TTL_DAYS', 30) * DAY_S
  const issuedAt = Math.floor(now.getTime() / 1000)
  const token = await new SignJWT()
    .setProtectedHeader({ alg: 'HS256', typ: SESSION_TYP })
    .setSubject(sessionId)
    .setIssuedAt(issuedAt)
    .setExpirationTime(issuedAt + maxAgeSeconds)
    .sign(key)
  return { token, maxAgeSeconds, expiresAt: new Date((issuedAt + maxAgeSeconds) * 1000) }
}

/** The session that a token proves, or why it proves none. */
export async function verifySession(env: SessionEnv, token: string): Promise<Proof | Fault> {
  for (const key of await sessionKeys(env)) {
    try {
      const { payload } = await jwtVerify(token, key, {
        algorithms: ['HS256'],
        typ: SESSION_TYP,
        requiredClaims: ['sub', 'exp'],
      })
      return proofOf(payload, payload.sub)
    } catch (error) {
      // Signed with the older secret, perhaps: any other failure is the same under every key.
      if (error instanceof errors.JWSSignatureVerificationFailed) continue
      if (!(error instanceof errors.JOSEError)) throw error
      return faultOf(error)
    }
  }
  return faultOf(new errors.JWSSignatureVerificationFailed())
}

// The first secret signs, all of them verify: so one can be rotated out while its tokens live on.
export async function sessionKeys(
  env: Pick<Env, 'SESSION_SECRET'>,
): Promise<[CryptoKey, ...CryptoKey[]]> {
  requiredSecret(env, 'SESSION_SECRET')
  const [newest = '', ...older] = list(env, 'SESSION_SECRET')
  const keyOf = (secret: string) => hmacKey('SESSION_SECRET', secret)
  return Promise.all([keyOf(newest), ...older.map(keyOf)])
}
