import { expect, test } from 'vitest'

import { networkOf } from '../../src/http/rate-limits.ts'
import { sendWith } from '../support/api.ts'

test.for([
  ['203.0.113.9', '203.0.113.9'],
  ['::ffff:203.0.113.9', '203.0.113.9'],
  ['2001:db8:1:2::1', '2001:db8:1:2::/64'],
  ['2001:DB8:1:2:ffff:ffff:ffff:ffff', '2001:db8:1:2::/64'],
  ['2001:db8:1:3::1', '2001:db8:1:3::/64'],
  ['::1', '::/64'],
  ['no address', 'unknown'],
  ['', 'unknown'],
] as const)('counts %s as %s', ([address, network]) => {
  expect(networkOf(address)).toBe(network)
})

test('whoever has a network of addresses has one limit', async () => {
  const counts = new Map<string, number>()
  const limit = async ({ key }: RateLimitOptions) => {
    counts.set(key, (counts.get(key) ?? 0) + 1)
    return { success: (counts.get(key) ?? 0) <= 20 }
  }
  const statuses: number[] = []
  for (let n = 1; n <= 30; n += 1) {
    const headers = { 'cf-connecting-ip': `2001:db8:1:2:${n.toString(16)}::${n.toString(16)}` }
    const changed = { RATE_LIMITS: 'on', RATE_SESSIONS: { limit } }
    statuses.push((await sendWith(changed, '/api/sessions', { method: 'POST', headers })).status)
  }
  expect(statuses.filter((status) => status === 429)).toHaveLength(10)
})
