import { expect, test } from 'vitest'

import { type Conversation, as, bodyOf, send, sendWith } from '../../support/api.ts'
import { cookieOf, withCookie } from '../../support/cookies.ts'
import { problemOf } from '../../support/problems.ts'
import { bindings } from '../../support/settings.ts'
import { inSeconds, sessionToken, signed, userToken } from '../../support/tokens.ts'

interface Session {
  session_id: string
  token: string
  expires_at: string
}

const typ = 'hilo-session+jwt'
const startWith = (changed: Partial<Env>, headers: Record<string, string> = {}) =>
  sendWith(changed, '/api/sessions', { method: 'POST', headers })
const start = (headers?: Record<string, string>) => startWith({}, headers)
const bearer = (token: string) => ({ authorization: `Bearer ${token}` })

/** Whose the conversations are that this caller makes. */
const ownerBy = async (headers: Record<string, string>, changed: Partial<Env> = {}) => {
  const response = await sendWith(changed, '/api/conversations', { method: 'POST', headers })
  if (response.status !== 201) return response.status
  const { user_id: user, session_id: session } = await bodyOf<Conversation>(response)
  return { user, session }
}

test('starts a session for a caller who has none', async () => {
  const response = await start()
  expect(response.status).toBe(201)
  const { session_id: id, token, expires_at: expires } = await bodyOf<Session>(response)
  const days = (new Date(expires).getTime() - Date.now()) / (24 * 60 * 60 * 1000)
  expect(days).toBeGreaterThan(29.9)
  expect(days).toBeLessThan(30.1)
  expect(await ownerBy(bearer(token))).toEqual({ user: null, session: id })
})

test('starts another session each time', async () => {
  const [one, two] = await Promise.all([bodyOf<Session>(start()), bodyOf<Session>(start())])
  expect(one.session_id).not.toBe(two.session_id)
})

test('sets a cookie that no script reads and no other site is given', async () => {
  const response = await start()
  const cookie = cookieOf(response)
  const { session_id: id, token } = await bodyOf<Session>(response)
  expect(cookie).toMatchObject({ name: '__Host-hilo_session', value: token })
  expect(cookie?.flags.toSorted()).toEqual(
    ['HttpOnly', 'Max-Age=2592000', 'Path=/', 'SameSite=Lax', 'Secure'].toSorted(),
  )
  expect(await ownerBy(withCookie(token))).toEqual({ user: null, session: id })
})

test.each([
  ['bearer token', bearer],
  ['cookie', (token: string) => withCookie(token)],
])('renews the session that a %s proves', async (_, headers) => {
  const id = crypto.randomUUID()
  const old = await signed(bindings.SESSION_SECRET, { sub: id, exp: inSeconds(60) }, { typ })
  const response = await start(headers(old))
  expect(response.status).toBe(200)
  const renewed = await bodyOf<Session>(response)
  expect(renewed.session_id).toBe(id)
  expect(renewed.token).not.toBe(old)
  expect(cookieOf(response)?.value).toBe(renewed.token)
  expect(await ownerBy(bearer(renewed.token))).toEqual({ user: null, session: id })
})

test('lets a session live as long as it is set to', async () => {
  const response = await startWith({ SESSION_TTL_DAYS: '1' })
  expect(cookieOf(response)?.flags).toContain('Max-Age=86400')
  const problem = await problemOf(startWith({ SESSION_TTL_DAYS: 'a while' }))
  expect(problem.detail).toBe('SESSION_TTL_DAYS is not a whole number of 1 or more.')
})

const session = (claims: object, header = { typ }) =>
  signed(bindings.SESSION_SECRET, { sub: 'a session', exp: inSeconds(3600), ...claims }, header)

const wrong: [why: string, token: () => Promise<string> | string][] = [
  ['has expired', () => session({ exp: inSeconds(-1) })],
  ['never expires', () => session({ exp: undefined })],
  ['names nobody', () => session({ sub: undefined })],
  [
    'was signed with another secret',
    () => signed(`${bindings.SESSION_SECRET}!`, { sub: 'x', exp: inSeconds(60) }, { typ }),
  ],
  [
    'was signed with the secret of users',
    () => signed(bindings.AUTH_JWT_SECRET, { sub: 'x', exp: inSeconds(60) }, { typ }),
  ],
  ['has not the type of a session', () => session({}, { typ: 'JWT' })],
  ['is that of a user', () => userToken('ann')],
  ['is no token', () => 'garbage'],
]

test.each(wrong)('does not believe a cookie that %s', async (_, token) => {
  const headers = withCookie(await token())
  const response = await send('/api/conversations', { headers })
  expect(await problemOf(response)).toMatchObject({ type: '/problems/invalid-token', status: 401 })
})

test.each(wrong)('starts a new session if the cookie %s', async (_, token) => {
  const response = await start(withCookie(await token()))
  expect(response.status).toBe(201)
  const { session_id: id, token: fresh } = await bodyOf<Session>(response)
  expect(await ownerBy(bearer(fresh))).toEqual({ user: null, session: id })
})

test('tells who renews with a bearer token that it is worth nothing', async () => {
  const expired = await session({ exp: inSeconds(-1) })
  expect(await problemOf(start(bearer(expired)))).toMatchObject({ type: '/problems/invalid-token' })
  expect(await problemOf(start(bearer('garbage')))).toMatchObject({ status: 401 })
})

test('believes the bearer token when there is a cookie too', async () => {
  const [id, user] = [crypto.randomUUID(), crypto.randomUUID()]
  const cookie = withCookie(await sessionToken(crypto.randomUUID()))
  expect(await ownerBy({ ...cookie, ...bearer(await sessionToken(id)) })).toEqual({
    user: null,
    session: id,
  })
  expect(await ownerBy({ ...cookie, ...bearer(await userToken(user)) })).toEqual({
    user,
    session: null,
  })
  expect(await ownerBy({ ...cookie, ...bearer('garbage') })).toBe(401)
  expect(
    await bodyOf<Session>(start({ ...cookie, ...bearer(await sessionToken(id)) })),
  ).toMatchObject({
    session_id: id,
  })
})

test('takes what an older secret signed, and signs with the newer one', async () => {
  const older = bindings.SESSION_SECRET
  const newer = 'another session secret as long as it must be'
  const id = crypto.randomUUID()
  const old = await sessionToken(id)
  const rotated = { SESSION_SECRET: `${newer}, ${older}` }
  expect(await ownerBy(bearer(old), rotated)).toEqual({ user: null, session: id })
  const renewed = await bodyOf<Session>(startWith(rotated, bearer(old)))
  expect(renewed.session_id).toBe(id)
  expect(await ownerBy(bearer(renewed.token), { SESSION_SECRET: newer })).toMatchObject({
    session: id,
  })
  expect(await ownerBy(bearer(old), { SESSION_SECRET: newer })).toBe(401)
  const stale = await signed(older, { sub: id, exp: inSeconds(-1) }, { typ })
  expect(await ownerBy(bearer(stale), rotated)).toBe(401)
})

test('ends a session by clearing its cookie, with or without one', async () => {
  const headers = withCookie(await sessionToken(crypto.randomUUID()))
  for (const response of [
    await send('/api/sessions', { method: 'DELETE', headers }),
    await as.nobody.delete('/api/sessions'),
  ]) {
    expect(response.status).toBe(204)
    const cookie = cookieOf(response)
    expect(cookie).toMatchObject({ name: '__Host-hilo_session', value: '' })
    expect(cookie?.flags).toEqual(expect.arrayContaining(['Max-Age=0', 'Path=/', 'Secure']))
  }
})

test.each([
  ['', 'SESSION_SECRET is not set. Set it with `npx wrangler secret put SESSION_SECRET`'],
  ['too short', 'SESSION_SECRET is shorter than 32 characters. Make one with `openssl'],
  [`${bindings.SESSION_SECRET},too short`, 'SESSION_SECRET is shorter than 32 characters'],
  [',', 'SESSION_SECRET is shorter than 32 characters'],
])('says how to set the secret when it is %j', async (secret, detail) => {
  const changed = { SESSION_SECRET: secret }
  const token = await sessionToken('a session')
  for (const response of [
    await startWith(changed),
    await sendWith(changed, '/api/conversations', { headers: bearer(token) }),
    await sendWith(changed, '/api/conversations', { headers: withCookie(token) }),
  ]) {
    const problem = await problemOf(response)
    expect(problem).toMatchObject({ type: '/problems/not-configured', status: 503 })
    expect(problem.detail).toContain(detail)
    expect(problem.detail).not.toContain('too short')
  }
})
