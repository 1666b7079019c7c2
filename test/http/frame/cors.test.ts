import { expect, test } from 'vitest'

import { as, send, sendWith } from '../../support/api.ts'

// Of Hilo's own, and of client packages.
const asked = [
  'authorization',
  'content-type',
  'hilo-acting-for',
  'last-event-id',
  'x-request-id',
  'aui-sdk',
]

const preflight = (origin: string, path = '/api/conversations') =>
  send(path, {
    method: 'OPTIONS',
    headers: {
      origin,
      'access-control-request-method': 'POST',
      'access-control-request-headers': asked.join(','),
    },
  })

const words = (response: Response, header: string) =>
  (response.headers.get(header) ?? '').split(',').map((word) => word.trim())

test.each(['/api/sessions', '/api/conversations', `/api/conversations/${crypto.randomUUID()}/`])(
  'tells a browser before it asks what a page may do with %s',
  async (path) => {
    const response = await preflight('https://app.test', path)
    expect(response.status).toBe(204)
    expect(response.headers.get('access-control-allow-origin')).toBe('https://app.test')
    expect(response.headers.get('access-control-allow-credentials')).toBe('true')
    expect(response.headers.get('access-control-max-age')).toBe('7200')
    expect(words(response, 'access-control-allow-methods')).toEqual(
      expect.arrayContaining(['GET', 'POST', 'PUT', 'PATCH', 'DELETE']),
    )
    expect(words(response, 'access-control-allow-headers')).toEqual(asked)
    expect(words(response, 'vary')).toContain('Origin')
  },
)

test.each(['http://localhost', 'http://localhost:3000', 'http://localhost:65535'])(
  'lets pages in from %s while somebody develops',
  async (origin) => {
    const response = await preflight(origin)
    expect(response.headers.get('access-control-allow-origin')).toBe(origin)
  },
)

test.each([
  'https://evil.test',
  'http://app.test',
  'https://app.test:8443',
  'https://app.test.evil.test',
  'https://localhost:3000',
  'http://localhost.evil.test:3000',
  'http://localhost:3000.evil.test',
  'http://localhost:*',
  'null',
])('lets no pages in from %s', async (origin) => {
  const before = await preflight(origin)
  expect(before.headers.get('access-control-allow-origin')).toBeNull()
  const response = await send('/healthz', { headers: { origin } })
  expect(response.headers.get('access-control-allow-origin')).toBeNull()
})

test('lets no pages in when no origin is allowed', async () => {
  const init = { headers: { origin: 'https://app.test' } }
  const response = await sendWith({ ALLOWED_ORIGINS: '' }, '/healthz', init)
  expect(response.headers.get('access-control-allow-origin')).toBeNull()
})

test('lets a page read the answer, what went wrong, and the headers that matter', async () => {
  const ann = await as.user()
  const from = { origin: 'https://app.test' }
  const created = await ann.request('POST', '/api/conversations', {}, from)
  expect(created.status).toBe(201)
  const missing = await ann.request('GET', '/api/nothing', undefined, from)
  expect(missing.status).toBe(404)
  const anonymous = await as.nobody.request('GET', '/api/conversations', undefined, from)
  expect(anonymous.status).toBe(401)
  const wrong = await ann.request('PUT', '/api/conversations', undefined, from)
  expect(wrong.status).toBe(405)
  for (const response of [created, missing, anonymous, wrong]) {
    expect(response.headers.get('access-control-allow-origin')).toBe('https://app.test')
    expect(words(response, 'access-control-expose-headers').toSorted()).toEqual(
      [
        'Accept-Ranges',
        'Content-Disposition',
        'Content-Range',
        'ETag',
        'Hilo-Problem',
        'Link',
        'Location',
        'Retry-After',
        'WWW-Authenticate',
        'X-Request-Id',
        'X-Should-Retry',
      ].toSorted(),
    )
    expect(words(response, 'vary')).toContain('Origin')
  }
})

test('loopback is loopback: a page of 127.0.0.1 or [::1] is let in when one of localhost is', async () => {
  for (const origin of ['http://localhost:5173', 'http://127.0.0.1:5173', 'http://[::1]:5173']) {
    const answer = await send('/api/conversations', { headers: { origin } })
    expect(answer.headers.get('access-control-allow-origin')).toBe(origin)
  }
  for (const origin of [
    'http://127.0.0.1.evil.test',
    'http://127.0.0.2:80',
    'https://127.0.0.1:1',
  ]) {
    const answer = await send('/api/conversations', { headers: { origin } })
    expect([origin, answer.headers.get('access-control-allow-origin')]).toEqual([origin, null])
  }
})
