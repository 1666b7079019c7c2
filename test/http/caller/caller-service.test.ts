import { beforeEach, expect, test, vi } from 'vitest'

import { type Conversation, as, bodyOf, send, sendWith } from '../../support/api.ts'
import { givenConversation } from '../../support/given.ts'
import { pages } from '../../support/lists.ts'
import { problemOf } from '../../support/problems.ts'
import { bindings, serviceTokens } from '../../support/settings.ts'
import { sessionToken, userToken } from '../../support/tokens.ts'

const said = vi.spyOn(console, 'log').mockImplementation(() => {})
beforeEach(() => said.mockClear())
const eventsSaid = (event: string): unknown[] =>
  said.mock.calls.flatMap(([entry]) => (entry?.event === event ? [entry] : []))

const bearer = (token: string) => ({ authorization: `Bearer ${token}` })

test('acts for a user, who finds what it did', async () => {
  const id = crypto.randomUUID()
  const backend = as.service('backend', `user:${id}`)
  const response = await backend.post('/api/conversations', { title: 'From the back end' })
  expect(response.status).toBe(201)
  const conversation = await bodyOf<Conversation>(response)
  expect(conversation).toMatchObject({ user_id: id, session_id: null })
  const user = await as.user(id)
  expect((await user.get(`/api/conversations/${conversation.id}`)).status).toBe(200)
})

test('acts for a session, whatever its id looks like', async () => {
  const id = `visitor: ${crypto.randomUUID()}/1`
  const backend = as.service('backend', `session:${id}`)
  const conversation = await bodyOf<Conversation>(backend.post('/api/conversations', {}))
  expect(conversation).toMatchObject({ user_id: null, session_id: id })
})

test('sees only what is of the one it acts for', async () => {
  const ann = crypto.randomUUID()
  const conversation = await givenConversation(await as.user(ann))
  const path = `/api/conversations/${conversation}`
  expect((await as.service('backend', `user:${ann}`).get(path)).status).toBe(200)
  expect((await as.service('backend', `session:${ann}`).get(path)).status).toBe(404)
  expect((await as.service('backend', 'user:bob').get(path)).status).toBe(404)
  expect((await as.service('backend').get(path)).status).toBe(404)
  expect((await as.service('nobody').get(path)).status).toBe(404)
})

test('has no conversations of its own', async () => {
  for (const answer of [
    as.service('backend').post('/api/conversations', {}),
    as.service('backend').get('/api/conversations'),
  ]) {
    const problem = await problemOf(answer)
    expect(problem).toMatchObject({ type: '/problems/not-permitted', status: 403 })
    expect(problem.detail).toContain('Hilo-Acting-For')
  }
})

test.each(['staff', 'nobody'] as const)('acts for nobody without the scope: %s', async (name) => {
  const problem = await problemOf(as.service(name, 'user:ann').get('/api/conversations'))
  expect(problem).toMatchObject({ type: '/problems/not-permitted', status: 403 })
  expect(problem.detail).toBe('Hilo-Acting-For needs the scope act.')
})

test.each(['ann', 'user:', 'admin:ann', 'User:ann', '', `user:${'a'.repeat(256)}`])(
  'refuses to act for %j',
  async (actingFor) => {
    const problem = await problemOf(as.service('backend', actingFor).get('/api/conversations'))
    expect(problem).toMatchObject({ type: '/problems/invalid-request', status: 422 })
    expect(problem.detail).toContain('user:ID or session:ID')
  },
)

test('lets no one else act for somebody', async () => {
  for (const headers of [
    bearer(await userToken('ann')),
    bearer(await sessionToken('a session')),
    { cookie: `__Host-hilo_session=${await sessionToken('a session')}` },
    {},
  ]) {
    const init = { headers: { ...headers, 'hilo-acting-for': 'user:bob' } }
    const problem = await problemOf(send('/api/conversations', init))
    expect(problem).toMatchObject({ type: '/problems/not-permitted', status: 403 })
  }
})

test('reads what is anybody’s with the scope read-all, and changes none of it', async () => {
  const staff = as.service('staff')
  const id = await givenConversation(await as.user(), {
    messages: [{ id: 'a', role: 'user', content: 'Hello' }],
  })
  const path = `/api/conversations/${id}`
  const before = await bodyOf<Conversation>(staff.get(path))
  expect(before).toMatchObject({ id, message_count: 1 })
  expect(await bodyOf(staff.get(`${path}/messages`))).toMatchObject({ data: [{ id: 'a' }] })
  for (const answer of [
    staff.patch(path, { title: 'Mine' }),
    staff.delete(path),
    staff.post(`${path}/messages`, { messages: [{ role: 'user', content: 'Hi' }] }),
    staff.post(`${path}/continue`, { messages: [{ role: 'user', content: 'Hi' }] }),
  ]) {
    expect(await problemOf(answer)).toMatchObject({ type: '/problems/not-permitted', status: 403 })
  }
  expect(await bodyOf(staff.get(path))).toEqual(before)
})

test('lists what is everybody’s only with the scope read-all', async () => {
  const id = await givenConversation(await as.user(), { topic: crypto.randomUUID() })
  const topic = (await bodyOf<Conversation>(as.service('staff').get(`/api/conversations/${id}`)))
    .topic
  const query = `?scope=all&topic=${topic}`
  // A page looks at a thousand of everybody's, and other tests may have begun more.
  expect((await pages(as.service('staff'), query)).flat()).toEqual([id])
  const path = `/api/conversations${query}`
  for (const other of [as.service('backend', 'user:ann'), await as.user(), await as.session()]) {
    expect(await problemOf(other.get(path))).toMatchObject({ type: '/problems/not-permitted' })
  }
  const archived = await problemOf(as.service('staff').get(`${path}&status=archived`))
  expect(archived).toMatchObject({ status: 422, errors: [{ pointer: '?status' }] })
})

test.each([
  'token-of-nobody-at-all',
  `${serviceTokens.backend}x`,
  bindings.SERVICE_TOKENS.slice(20, 60),
])('refuses a token that it does not know: %s', async (token) => {
  const response = await send('/api/conversations', { headers: bearer(token) })
  expect(await problemOf(response)).toMatchObject({ type: '/problems/invalid-token', status: 401 })
})

const hashOf = async (token: string) => {
  const bytes = await crypto.subtle.digest('SHA-256', new TextEncoder().encode(token))
  return new Uint8Array(bytes).toHex()
}

test('takes both tokens of a service while one is rotated', async () => {
  const sha256 = [await hashOf('the-older-token'), await hashOf('the-newer')]
  const changed = { SERVICE_TOKENS: JSON.stringify({ backend: { sha256, scopes: ['read-all'] } }) }
  const status = async (token: string) =>
    (await sendWith(changed, '/api/conversations?scope=all', { headers: bearer(token) })).status
  expect(await status('the-older-token')).toBe(200)
  expect(await status('the-newer')).toBe(200)
  expect(await status(sha256[0] ?? '')).toBe(401)
  expect(await status(serviceTokens.staff)).toBe(401)
})

test.each([
  'not json',
  '[]',
  JSON.stringify({ backend: 'token' }),
  JSON.stringify({ backend: { sha256: ['abc'], scopes: [] } }),
  JSON.stringify({ backend: { sha256: [], scopes: [] } }),
  JSON.stringify({ backend: { sha256: ['a'.repeat(64)], scopes: ['everything'] } }),
  JSON.stringify({ 'a name with spaces': { sha256: ['a'.repeat(64)], scopes: [] } }),
])('says how SERVICE_TOKENS must look when it is %s', async (tokens) => {
  const init = { headers: bearer('a-token') }
  const problem = await problemOf(sendWith({ SERVICE_TOKENS: tokens }, '/api/conversations', init))
  expect(problem).toMatchObject({ type: '/problems/not-configured', status: 503 })
  expect(problem.detail).toContain('SERVICE_TOKENS is not of the form {"name"')
})

test('knows no service when none is configured', async () => {
  const init = { headers: bearer('a-token') }
  expect((await sendWith({ SERVICE_TOKENS: '' }, '/api/conversations', init)).status).toBe(401)
})

test('says in the log which service did what, for whom', async () => {
  const id = await givenConversation(await as.user())
  const path = `/api/conversations/${id}`
  await as.service('backend', 'user:bob').request('GET', path, undefined, { 'x-request-id': 'r1' })
  expect(eventsSaid('service-acted')).toEqual([
    {
      event: 'service-acted',
      service: 'backend',
      acting_for: 'user:bob',
      method: 'GET',
      route: '/api/conversations/:id',
      status: 404,
      conversation_id: id,
      request_id: 'r1',
      version: expect.any(String),
    },
  ])
})

test('says in the log which service made the token of a session', async () => {
  const response = await as.service('backend', 'session:visitor').post('/api/sessions')
  expect(response.ok).toBe(true)
  expect(eventsSaid('service-acted')).toMatchObject([
    { service: 'backend', acting_for: 'session:visitor', method: 'POST', route: '/api/sessions' },
  ])
})

test('starts a session for a service that acts for nobody', async () => {
  const response = await as.service('backend').post('/api/sessions')
  expect(response.status).toBe(201)
  expect(await bodyOf(response)).toMatchObject({
    session_id: expect.stringMatching(/^[0-9a-f-]{36}$/),
  })
})

test('says of users and sessions nothing of the kind', async () => {
  await (await as.user()).get('/api/conversations')
  await (await as.session()).get('/api/conversations')
  expect(eventsSaid('service-acted')).toEqual([])
})
