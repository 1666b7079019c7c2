import type { Caller } from '../../contract/caller.ts'

/** How long a token is taken at its word after it was verified: a key that is withdrawn counts for no longer. */
const TRUST_MS = 60_000
const TOKENS = 1_000

/** By the settings they were verified under, which an isolate has once. */
const provenUnder = new WeakMap<object, Map<string, { caller: Caller; until: number }>>()

/**
 * Who a token proves, verified once a minute: that takes a good part of what an append does. What does not hold `verify` throws, and only what holds is
 * kept, never beyond its `exp`, and never under other settings than those it was verified under.
 */
export async function provenOnce(
  env: object,
  token: string,
  verify: () => Promise<Caller>,
): Promise<Caller> {
  const proven = provenUnder.get(env) ?? new Map<string, { caller: Caller; until: number }>()
  provenUnder.set(env, proven)
  const now = Date.now()
  const known = proven.get(token)
  if (known && now < known.until) return known.caller
  proven.delete(token)
  const caller = await verify()
  const [oldest] = proven.keys()
  if (proven.size >= TOKENS && oldest !== undefined) proven.delete(oldest)
  proven.set(token, { caller, until: Math.min(caller.expiresAt ?? Infinity, now + TRUST_MS) })
  return caller
}
