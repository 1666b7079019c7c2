import { env } from 'cloudflare:workers'
import { expect, test, vi } from 'vitest'

import { app } from '../../../src/http/app.ts'
import { as, send } from '../../support/api.ts'
import { givenFile } from '../../support/files.ts'
import { givenConversation } from '../../support/given.ts'
import { problemOf } from '../../support/problems.ts'
import {
  type Route,
  bodyFor,
  callerFor,
  operations,
  pathFor,
  placed,
  queryFor,
} from '../../support/routes.ts'
import { addressFor } from '../../support/uploads.ts'

const described = await operations()
const routes: Route[] = [
  ...described,
  ...['/docs', '/docs/viewer.js', '/docs/swagger-ui.css', '/openapi.json'].map((path) => ({
    method: 'GET',
    path,
  })),
]

const ann = await as.user()
// Each time by somebody else, for what goes through all of a user's would take longer each time; but a session has one user.
const ask = async (route: Route, slash = '', query = queryFor(route)) => {
  const { method, path: to } = route
  // These hand the session to a user.
  const links = ['POST /api/sessions/link', 'POST /assistant-ui/v1/threads/{id}']
  const user = links.includes(`${method} ${to}`) ? ann : await as.user()
  // With a message `m`, which is a reply.
  const asking = { messages: [{ role: 'user', content: 'Hi' }], continue: { reply_id: 'm' } }
  const isOurs =
    /^\/v1\/(?!files)|messages\/\{message_id\}$/.test(to) && !to.startsWith('/assistant-ui')
  const isAbout = /\{(response_)?id\}/.test(to + JSON.stringify(bodyFor(route) ?? ''))
  const id = isAbout ? await givenConversation(user, isOurs ? asking : {}) : ''
  const path = `${isOurs ? placed(to, id) : await pathFor(route, user, id)}${slash}${query}`
  if (method === 'POST' && to === '/v1/files') {
    const body = new FormData()
    body.set('file', new File(['x'], 'x'))
    return send(path, { method, body, headers: user.headers })
  }
  if (method === 'PUT' && to === '/api/files/{file_id}/content') {
    const { pathname, search } = await addressFor(user)
    return send(`${pathname}${slash}${search}`, { method, body: 'x' })
  }
  const names = JSON.stringify(bodyFor(route) ?? '').includes('{file_id}')
  const file = names ? (await givenFile(user)).id : ''
  const body = JSON.stringify(bodyFor(route, id))?.replace('{file_id}', file)
  return callerFor(route, user).request(route.method, path, body && JSON.parse(body))
}

test.each(routes)('takes $method $path with and without its trailing slash', async (route) => {
  const plain = await ask(route)
  const slashed = await ask(route, '/')
  // A WebSocket wants nothing more than to be asked as one; and some of a protocol is not served.
  expect(plain.ok || [426, 501].includes(plain.status)).toBe(true)
  expect(slashed.status).toBe(plain.status)
  expect(slashed.headers.get('content-type')).toBe(plain.headers.get('content-type'))
  await Promise.all([plain.body?.cancel(), slashed.body?.cancel()])
})

test('takes a query after a trailing slash', async () => {
  expect((await ann.get('/api/conversations/?limit=1')).status).toBe(200)
  expect((await ann.get('/api/conversations/?limit=0')).status).toBe(422)
})

test.each([
  '/api',
  '/nothing',
  '/api/nothing',
  '/api/conversationsandmore',
  `/api/conversations/${crypto.randomUUID()}/nothing`,
  `/api/conversations/${crypto.randomUUID()}/messages/1/2`,
  '/docs/nothing.js',
  '//api/conversations',
  '/API/conversations',
])('knows no route %s', async (path) => {
  const problem = await problemOf(ann.get(path))
  expect(problem).toMatchObject({ type: '/problems/no-such-route', status: 404 })
})

const methods = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE']

test.each([...new Set(routes.map(({ path }) => path))])(
  'says which methods %s takes, to every other one',
  async (path) => {
    const taken = routes.filter((one) => one.path === path).map(({ method }) => method)
    const others = methods.filter((method) => !taken.includes(method))
    for (const method of others) {
      for (const slash of ['', '/']) {
        const where = placed(path, crypto.randomUUID()) + slash
        const response = await ann.request(method, where)
        const allowed = (response.headers.get('allow') ?? '').split(', ')
        expect(await problemOf(response)).toMatchObject({
          type: '/problems/method-not-allowed',
          status: 405,
        })
        expect(allowed.filter((one) => one !== 'HEAD').toSorted()).toEqual(taken.toSorted())
      }
    }
  },
)

test('answers HEAD as GET, without its body', async () => {
  const id = await givenConversation(ann)
  const response = await ann.request('HEAD', `/api/conversations/${id}`)
  expect(response.status).toBe(200)
  expect(await response.text()).toBe('')
  expect((await as.nobody.request('HEAD', '/healthz')).status).toBe(200)
})

test.each([...routes, { method: 'GET', path: '/nothing' }])(
  'keeps $method $path out of every cache and frame',
  async (route) => {
    const refused = await send(placed(route.path, 'x'), { method: route.method })
    for (const response of [await ask(route), refused]) {
      const isStream = response.headers.get('content-type') === 'text/event-stream'
      const cached = isStream ? 'no-store, no-transform' : 'no-store'
      const isBytes = response.status === 200 && route.path.endsWith('/content')
      const expected = isBytes ? 'private, no-cache' : cached
      expect(response.headers.get('cache-control')).toBe(expected)
      expect(response.headers.get('x-content-type-options')).toBe('nosniff')
      expect(response.headers.get('x-frame-options')).toBe('SAMEORIGIN')
      expect(response.headers.get('referrer-policy')).toBe('no-referrer')
      expect(response.headers.get('strict-transport-security')).toContain('max-age=')
      expect(response.headers.get('content-security-policy')).toContain("default-src 'none'")
      expect(response.headers.get('content-security-policy')).toContain("frame-ancestors 'none'")
      expect(response.headers.get('x-request-id')).toMatch(/^[\w-]{36}$/)
      await response.body?.cancel()
    }
  },
)

test('echoes the request id that it is given, in every answer', async () => {
  const given = { 'x-request-id': `r-${crypto.randomUUID()}` }
  for (const response of [
    await ann.request('GET', '/api/conversations', undefined, given),
    await ann.request('PUT', '/api/conversations', undefined, given),
    await as.nobody.request('GET', '/api/conversations', undefined, given),
    await as.nobody.request('GET', '/nothing', undefined, given),
    await as.nobody.request('OPTIONS', '/api/sessions', undefined, given),
  ]) {
    expect(response.headers.get('x-request-id')).toBe(given['x-request-id'])
  }
})

test('follows a request into the object by its id', async () => {
  const said = vi.spyOn(console, 'log').mockImplementation(() => {})
  const given = { 'x-request-id': `r-${crypto.randomUUID()}` }
  await ann.request('POST', '/api/conversations', {}, given)
  const created = { event: 'created', request_id: given['x-request-id'] }
  expect(said.mock.calls).toContainEqual([expect.objectContaining(created)])
  said.mockRestore()
})

test.each(['a b', 'a'.repeat(256), '<script>', 'x;y'])(
  'makes a request id of its own in place of %j',
  async (requestId) => {
    const response = await send('/healthz', { headers: { 'x-request-id': requestId } })
    expect(response.headers.get('x-request-id')).toMatch(/^[0-9a-f-]{36}$/)
  },
)

test('says that it runs', async () => {
  const response = await send('/healthz')
  expect(response.status).toBe(200)
  expect(await response.json()).toMatchObject({ status: 'ok' })
})

test('finds every route with the one router that takes the same time for all', async () => {
  await app.fetch(new Request('https://hilo.test/healthz'), env)
  expect(app.router.name).toBe('SmartRouter + RegExpRouter')
})
