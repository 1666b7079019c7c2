import { expect, test } from 'vitest'

import { type Conversation, as, bodyOf, send, sendWith } from '../../support/api.ts'
import { problemOf } from '../../support/problems.ts'
import { bindings } from '../../support/settings.ts'
import { inSeconds, signed, userToken } from '../../support/tokens.ts'

const secret = bindings.AUTH_JWT_SECRET
const hour = () => inSeconds(3600)

const calling = (token: string, changed: Partial<Env> = {}) =>
  sendWith(changed, '/api/conversations', {
    method: 'POST',
    headers: { authorization: `Bearer ${token}` },
  })

const base64url = (value: object) =>
  btoa(JSON.stringify(value)).replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '')

test('knows a user by a token that was signed with the shared secret', async () => {
  const sub = crypto.randomUUID()
  const response = await calling(await signed(secret, { sub, exp: hour() }))
  expect(response.status).toBe(201)
  expect(await bodyOf<Conversation>(response)).toMatchObject({ user_id: sub, session_id: null })
})

test('asks for a credential when the request has none', async () => {
  const response = await as.nobody.get('/api/conversations')
  expect(response.headers.get('www-authenticate')).toBe('Bearer realm="hilo"')
  expect(await problemOf(response)).toMatchObject({
    type: '/problems/unauthenticated',
    status: 401,
  })
})

const wrong: [why: string, token: () => Promise<string> | string][] = [
  ['has expired', () => signed(secret, { sub: 'ann', exp: inSeconds(-60) })],
  ['is not valid yet', () => signed(secret, { sub: 'ann', exp: hour(), nbf: inSeconds(60) })],
  ['never expires', () => signed(secret, { sub: 'ann' })],
  ['names nobody', () => signed(secret, { exp: hour() })],
  ['names an empty subject', () => signed(secret, { sub: '', exp: hour() })],
  ['names a subject too long', () => signed(secret, { sub: 'a'.repeat(256), exp: hour() })],
  ['names one that can not be kept', () => signed(secret, { sub: 'a\0b', exp: hour() })],
  ['has another signature', () => signed(`${secret}!`, { sub: 'ann', exp: hour() })],
  ['uses another algorithm', () => signed(secret, { sub: 'ann', exp: hour() }, { alg: 'HS512' })],
  [
    'is a session by its type',
    () => signed(secret, { sub: 'ann', exp: hour() }, { typ: 'hilo-session+jwt' }),
  ],
  ['is signed as a session', () => signed(bindings.SESSION_SECRET, { sub: 'ann', exp: hour() })],
  [
    'is not signed at all',
    () => `${base64url({ alg: 'none' })}.${base64url({ sub: 'ann', exp: hour() })}.`,
  ],
  ['is three words with dots', () => 'not.a.token'],
]

test.each(wrong)('refuses a user token that %s', async (_, token) => {
  const response = await calling(await token())
  const challenge = response.headers.get('www-authenticate')
  const problem = await problemOf(response)
  expect(problem).toMatchObject({ type: '/problems/invalid-token', status: 401 })
  expect(challenge).toBe(
    `Bearer realm="hilo", error="invalid_token", error_description="${problem.detail}"`,
  )
})

test.each(['Basic YW5uOnNlY3JldA==', 'Bearer', 'Bearer ', 'Bearer two words', 'Token abc'])(
  'refuses the authorization %j',
  async (authorization) => {
    const response = await send('/api/conversations', { headers: { authorization } })
    expect(await problemOf(response)).toMatchObject({ type: '/problems/invalid-token' })
  },
)

test('takes the scheme of the authorization in any case', async () => {
  const authorization = `bearer ${await userToken(crypto.randomUUID())}`
  expect((await send('/api/conversations', { headers: { authorization } })).status).toBe(200)
})

test('lets the clock of the identity provider be some seconds off', async () => {
  const late = await signed(secret, { sub: crypto.randomUUID(), exp: inSeconds(-5) })
  const early = await signed(secret, {
    sub: crypto.randomUUID(),
    exp: hour(),
    nbf: inSeconds(5),
  })
  expect((await calling(late)).status).toBe(201)
  expect((await calling(early)).status).toBe(201)
})

test('holds a shared secret to the issuer and the audience when they are set', async () => {
  const settings = { AUTH_ISSUER: 'https://issuer.test', AUTH_AUDIENCE: 'hilo' }
  const token = (iss: string, aud: string) =>
    signed(secret, { sub: crypto.randomUUID(), exp: hour(), iss, aud })
  expect((await calling(await token('https://issuer.test', 'hilo'), settings)).status).toBe(201)
  expect((await calling(await token('https://other.test', 'hilo'), settings)).status).toBe(401)
  expect((await calling(await token('https://issuer.test', 'other'), settings)).status).toBe(401)
})

test('says how to let users in when none are configured', async () => {
  const problem = await problemOf(calling(await userToken('ann'), { AUTH_JWT_SECRET: '' }))
  expect(problem).toMatchObject({ type: '/problems/not-configured', status: 503 })
  expect(problem.detail).toContain('AUTH_JWKS_URL')
  expect(problem.detail).toContain('npx wrangler secret put AUTH_JWT_SECRET')
})

test('does not choose between two ways to know users', async () => {
  const both = { AUTH_JWKS_URL: 'https://keys.test/both' }
  const problem = await problemOf(calling(await userToken('ann'), both))
  expect(problem).toMatchObject({ type: '/problems/not-configured', status: 503 })
  expect(problem.detail).toBe('AUTH_JWKS_URL and AUTH_JWT_SECRET are both set. Remove one of them.')
})

test('takes no secret that is easily guessed', async () => {
  const short = 'thirty-one characters, not more'
  const problem = await problemOf(calling(await userToken('ann'), { AUTH_JWT_SECRET: short }))
  expect(problem).toMatchObject({ type: '/problems/not-configured', status: 503 })
  expect(problem.detail).toContain('AUTH_JWT_SECRET is shorter than 32 characters')
  expect(problem.detail).not.toContain(short)
})
