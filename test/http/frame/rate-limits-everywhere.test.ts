import { expect, test } from 'vitest'

import { as, sendWith } from '../../support/api.ts'
import { bodyFor, operations, placed } from '../../support/routes.ts'

// The operator's own work is not counted.
const routes = (await operations()).filter(
  ({ isForCallers, path }) => isForCallers && !path.startsWith('/api/admin/'),
)
const names = ['SESSIONS', 'READS', 'REPLIES', 'WRITES', 'EXPORTS', 'IMPORTS']

/** Settings under which every limit says the same, and keeps whom it was asked for. */
function limited(success: boolean) {
  const asked: string[] = []
  const limit = {
    limit: async ({ key }: RateLimitOptions) => {
      asked.push(key)
      return { success }
    },
  }
  const limits = Object.fromEntries(names.map((name) => [`RATE_${name}`, limit]))
  return { asked, settings: { ...limits, RATE_LIMITS: 'on' } as Partial<Env> }
}

test.each(routes)('every caller is counted: $method $path', async (route) => {
  const client = await as.user()
  const body = bodyFor(route)
  const path = placed(route.path, crypto.randomUUID())
  const { settings } = limited(false)
  const answer = await sendWith(settings, path, {
    method: route.method,
    headers: { ...client.headers, ...(body && { 'content-type': 'application/json' }) },
    ...(body && { body: JSON.stringify(body) }),
  })
  expect(answer.status).toBe(429)
})

test('an IPv6 network is one caller, however many addresses it has', async () => {
  const { asked, settings } = limited(true)
  for (const address of ['2001:db8:1:2::1', '2001:DB8:1:2:ffff::2', '2001:0db8:0001:0002::3%1']) {
    const headers = { 'cf-connecting-ip': address }
    await sendWith(settings, '/api/sessions', { method: 'POST', headers })
  }
  expect(asked).toHaveLength(3)
  expect(new Set(asked)).toEqual(new Set(['ip:2001:db8:1:2::/64']))
})
