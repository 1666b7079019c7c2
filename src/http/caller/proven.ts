import type { Caller } from '../../contract/caller.ts'
import { text } from '../../settings.ts'

/** How long a token is taken at its word after it was verified: a key that is withdrawn counts for no longer. */
const TRUST_MS = 60_000
const TOKENS = 1_000

const settings = [
  'AUTH_JWKS_URL',
  'AUTH_ISSUER',
  'AUTH_AUDIENCE',
  'AUTH_JWT_SECRET',
  'SESSION_SECRET',
]

let provenUnder = ''
const proven = new Map<string, { caller: Caller; until: number }>()

/**
 * Who a token proves, verified once a minute: that takes a good part of what an append does. Only what holds is
 * kept, never beyond its `exp`, and never under other settings than those it was verified under.
 */
export async function provenOnce(
  env: object,
  token: string,
  verify: () => Promise<Caller | null>,
): Promise<Caller | null> {
  const under = JSON.stringify(settings.map((name) => text(env, name)))
  if (under !== provenUnder) proven.clear()
  provenUnder = under
  const now = Date.now()
  const known = proven.get(token)
  if (known && now < known.until) return known.caller
  proven.delete(token)
  const caller = await verify()
  if (caller === null || under !== provenUnder) return caller
  const [oldest] = proven.keys()
  if (proven.size >= TOKENS && oldest !== undefined) proven.delete(oldest)
  const until = Math.min(caller.expiresAt ?? Infinity, now + TRUST_MS)
  proven.set(token, { caller, until })
  return caller
}
