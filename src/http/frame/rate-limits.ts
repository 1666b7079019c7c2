import type { Context, MiddlewareHandler } from 'hono'
import ipaddr from 'ipaddr.js'

import type { Caller } from '../../contract/caller.ts'
import { isOn } from '../../settings.ts'
import type { HonoEnv } from '../caller/caller.ts'
import { Problem } from './problem.ts'

/** The bits of an IPv6 address that name a network: a caller who has one has all of its 2^64 addresses. */
const NETWORK_BITS = 64

/**
 * What stands for a client's address if callers are counted: an IPv4 address as it is, of IPv6 the network, each
 * in one spelling. What is no address stands for itself.
 */
export function networkOf(address: string): string {
  if (!ipaddr.isValid(address)) return address
  const parsed = ipaddr.process(address)
  if (!(parsed instanceof ipaddr.IPv6)) return parsed.toString()
  const network = ipaddr.IPv6.networkAddressFromCIDR(
    `${new ipaddr.IPv6(parsed.parts).toString()}/${NETWORK_BITS}`,
  )
  return `${network.toString()}/${NETWORK_BITS}`
}

/** The period of each limit in wrangler.toml, in seconds. */
const PERIOD_S = 60

const ipOf = (c: Context): string =>
  `ip:${networkOf(c.req.header('cf-connecting-ip') ?? 'unknown')}`

/** Sessions are counted by address: a caller who asks for one has no name yet. */
export const limitSessions: MiddlewareHandler<HonoEnv> = async (c, next) => {
  await spend(c, c.env.RATE_SESSIONS, [ipOf(c)])
  await next()
}

const limiting =
  (
    name: 'RATE_READS' | 'RATE_REPLIES' | 'RATE_WRITES' | 'RATE_EXPORTS' | 'RATE_IMPORTS',
  ): MiddlewareHandler<HonoEnv> =>
  async (c, next) => {
    await spend(c, c.env[name], keysOf(c))
    await next()
  }

export const limitReads = limiting('RATE_READS')
export const limitReplies = limiting('RATE_REPLIES')
export const limitWrites = limiting('RATE_WRITES')
export const limitExports = limiting('RATE_EXPORTS')
export const limitImports = limiting('RATE_IMPORTS')

function keysOf(c: Context<HonoEnv>): string[] {
  const caller = c.get('caller') as Caller | undefined
  // Who shows the address of a file says nothing of themselves.
  if (caller === undefined) return [ipOf(c)]
  const { owner, service } = caller
  const key = owner ? `${owner.kind}:${owner.id}` : `service:${service?.name ?? ''}`
  // A session costs nothing to make, so its address answers for it too; a back end has but one address.
  return owner?.kind === 'session' && service === null ? [key, ipOf(c)] : [key]
}

async function spend(c: Context<HonoEnv>, limit: RateLimit, keys: string[]): Promise<void> {
  if (!isOn(c.env, 'RATE_LIMITS', true)) return
  for (const key of keys) {
    const { success } = await limit.limit({ key })
    if (success) continue
    const kept = c.req.method === 'GET' ? '' : 'Nothing was stored. '
    throw new Problem('rate-limited', {
      detail: `${kept}Ask again in ${PERIOD_S} s.`,
      retry_after: PERIOD_S,
    })
  }
}
