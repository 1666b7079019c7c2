import { beforeEach, expect, test, vi } from 'vitest'

import { sendWith } from '../../support/api.ts'
import { problemOf } from '../../support/problems.ts'
import { serviceToken, sessionToken, userToken } from '../../support/tokens.ts'

const said = vi.spyOn(console, 'log').mockImplementation(() => {})
beforeEach(() => said.mockClear())

/** A limit that counts nothing: it knows who is over it, and keeps whom it was asked for. */
function fakeLimit(isOver: (key: string) => boolean = () => false) {
  const asked: string[] = []
  const limit = async ({ key }: RateLimitOptions) => {
    asked.push(key)
    return { success: !isOver(key) }
  }
  return { asked, limit }
}

const on = { RATE_LIMITS: 'on' }
const ip = '203.0.113.9'
const from = (authorization: string | null) => ({
  'cf-connecting-ip': ip,
  'content-type': 'application/json',
  ...(authorization !== null && { authorization }),
})
const asUser = async (id: string) => from(`Bearer ${await userToken(id)}`)
const asSession = async (id: string) => from(`Bearer ${await sessionToken(id)}`)
const asBackend = (actingFor: string) => ({
  ...from(`Bearer ${serviceToken('backend')}`),
  'hilo-acting-for': actingFor,
})

interface Guarded {
  binding:
    | 'RATE_SESSIONS'
    | 'RATE_READS'
    | 'RATE_REPLIES'
    | 'RATE_WRITES'
    | 'RATE_EXPORTS'
    | 'RATE_IMPORTS'
  method: string
  path: (id: string) => string
  body?: object
}

const hello = { messages: [{ role: 'user', content: 'Hello' }] }
const guarded: Guarded[] = [
  { binding: 'RATE_SESSIONS', method: 'POST', path: () => '/api/sessions' },
  { binding: 'RATE_WRITES', method: 'POST', path: () => '/api/conversations' },
  { binding: 'RATE_WRITES', method: 'PATCH', path: (id) => `/api/conversations/${id}`, body: {} },
  { binding: 'RATE_WRITES', method: 'DELETE', path: (id) => `/api/conversations/${id}` },
  {
    binding: 'RATE_WRITES',
    method: 'POST',
    path: (id) => `/api/conversations/${id}/messages`,
    body: hello,
  },
  { binding: 'RATE_IMPORTS', method: 'POST', path: () => '/api/import', body: [] },
  {
    binding: 'RATE_REPLIES',
    method: 'POST',
    path: (id) => `/api/conversations/${id}/continue`,
    body: hello,
  },
  { binding: 'RATE_EXPORTS', method: 'GET', path: (id) => `/api/conversations/${id}/export` },
  { binding: 'RATE_EXPORTS', method: 'GET', path: () => '/api/export' },
  { binding: 'RATE_READS', method: 'GET', path: () => '/api/conversations' },
  ...['', '/messages', '/context', '/stream', '/live'].map((rest): Guarded => ({
    binding: 'RATE_READS',
    method: 'GET',
    path: (id) => `/api/conversations/${id}${rest}`,
  })),
  ...['/live/ticket', '/stream/ticket'].map((rest): Guarded => ({
    binding: 'RATE_WRITES',
    method: 'POST',
    path: (id) => `/api/conversations/${id}${rest}`,
  })),
]

const ask = (
  changed: Partial<Env>,
  { method, path, body }: Guarded,
  id: string,
  headers: Record<string, string>,
) =>
  sendWith(changed, path(id), {
    method,
    headers,
    ...(body && { body: JSON.stringify(body) }),
  })

test.each(guarded)('tells who asks too much when to come back: $method $binding', async (route) => {
  const id = crypto.randomUUID()
  const changed = { ...on, [route.binding]: fakeLimit(() => true) }
  const response = await ask(changed, route, id, await asUser(id))
  expect(response.headers.get('retry-after')).toBe('60')
  expect(await problemOf(response)).toMatchObject({
    type: '/problems/rate-limited',
    status: 429,
    retry_after: 60,
    // There is nothing to store in what only reads.
    detail: `${route.method === 'GET' ? '' : 'Nothing was stored. '}Ask again in 60 s.`,
  })
  const limitHit = expect.objectContaining({ event: 'limit-hit', limit: 'rate-limited' })
  expect(said.mock.calls).toContainEqual([limitHit])
})

test.each(guarded)('counts each route by its own limit: $method $binding', async (route) => {
  const id = crypto.randomUUID()
  const limits = {
    RATE_SESSIONS: fakeLimit(),
    RATE_READS: fakeLimit(),
    RATE_REPLIES: fakeLimit(),
    RATE_WRITES: fakeLimit(),
    RATE_EXPORTS: fakeLimit(),
    RATE_IMPORTS: fakeLimit(),
  }
  await ask({ ...on, ...limits }, route, id, await asUser(id))
  const asked = Object.entries(limits).filter(([, limit]) => limit.asked.length > 0)
  expect(asked.map(([name]) => name)).toEqual([route.binding])
})

const counted = async (route: Guarded, headers: Record<string, string>) => {
  const limit = fakeLimit()
  await ask({ ...on, [route.binding]: limit }, route, crypto.randomUUID(), headers)
  return limit.asked
}

// Anonymous sessions import nothing.
const forAll = guarded.slice(1).filter(({ binding }) => binding !== 'RATE_IMPORTS')

test.each(forAll)(
  'counts by caller, and an anonymous one by address too: $method $binding',
  async (route) => {
    expect(await counted(route, await asUser('ann'))).toEqual(['user:ann'])
    expect(await counted(route, await asSession('s1'))).toEqual(['session:s1', `ip:${ip}`])
    expect(await counted(route, asBackend('user:ann'))).toEqual(['user:ann'])
    expect(await counted(route, asBackend('session:s1'))).toEqual(['session:s1'])
    const backend = from(`Bearer ${serviceToken('backend')}`)
    expect(await counted(route, backend)).toEqual(['service:backend'])
  },
)

test('counts sessions by address', async () => {
  const limit = fakeLimit()
  const init = { method: 'POST', headers: from(null) }
  await sendWith({ ...on, RATE_SESSIONS: limit }, '/api/sessions', init)
  expect(limit.asked).toEqual([`ip:${ip}`])
})

test('stops an anonymous caller whose address is over the limit, with a fresh session too', async () => {
  const limit = fakeLimit((key) => key === `ip:${ip}`)
  const init = { method: 'POST', headers: await asSession(crypto.randomUUID()) }
  const response = await sendWith({ ...on, RATE_WRITES: limit }, '/api/conversations', init)
  expect(response.status).toBe(429)
})

test('stores nothing of what it refuses', async () => {
  const id = crypto.randomUUID()
  const changed = { ...on, RATE_WRITES: fakeLimit(() => true) }
  const init = {
    method: 'POST',
    headers: await asUser('ann'),
    body: JSON.stringify({ id }),
  }
  expect((await sendWith(changed, '/api/conversations', init)).status).toBe(429)
  const path = `/api/conversations/${id}`
  expect((await sendWith({}, path, { headers: await asUser('ann') })).status).toBe(404)
})

test.each(guarded)('counts nothing when limits are off: $method $binding', async (route) => {
  const limit = fakeLimit(() => true)
  const changed = { RATE_LIMITS: 'off', [route.binding]: limit }
  const response = await ask(changed, route, crypto.randomUUID(), await asUser('ann'))
  expect(response.status).not.toBe(429)
  expect(limit.asked).toEqual([])
})

test('counts when nobody has said whether it should', async () => {
  const changed = { RATE_LIMITS: '', RATE_SESSIONS: fakeLimit(() => true) }
  const init = { method: 'POST', headers: from(null) }
  expect((await sendWith(changed, '/api/sessions', init)).status).toBe(429)
})

test('comes to the limit that wrangler.toml sets', async () => {
  const headers = { 'cf-connecting-ip': crypto.randomUUID() }
  const statuses: number[] = []
  // Its minute may end in the middle, so twice as many are sure to come over it.
  while (statuses.at(-1) !== 429 && statuses.length <= 40) {
    const { status } = await sendWith(on, '/api/sessions', { method: 'POST', headers })
    statuses.push(status)
  }
  expect(statuses.length).toBeGreaterThan(20)
  expect(statuses.at(-1)).toBe(429)
  const elsewhere = { 'cf-connecting-ip': crypto.randomUUID() }
  const other = await sendWith(on, '/api/sessions', { method: 'POST', headers: elsewhere })
  expect(other.status).toBe(201)
})
