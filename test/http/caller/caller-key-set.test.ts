import { expect, test } from 'vitest'

import { type Conversation, bodyOf, sendWith } from '../../support/api.ts'
import { confused, keySetPlace, swapped, tokenOfProvider, unsigned } from '../../support/key-set.ts'
import { problemOf } from '../../support/problems.ts'
import { inSeconds, userToken } from '../../support/tokens.ts'

const provider = keySetPlace()
await provider.publish()

const calling = (token: string, changed: Partial<Env> = provider.settings) =>
  sendWith(changed, '/api/conversations', {
    method: 'POST',
    headers: { authorization: `Bearer ${token}` },
  })

test.each(['RS256', 'ES256', 'EdDSA'] as const)('knows a user by a token in %s', async (alg) => {
  const sub = crypto.randomUUID()
  const response = await calling(await tokenOfProvider(alg, sub))
  expect(response.status).toBe(201)
  expect(await bodyOf<Conversation>(response)).toMatchObject({ user_id: sub })
})

const wrong: [why: string, token: () => Promise<string>][] = [
  ['has expired', () => tokenOfProvider('RS256', 'ann', { exp: inSeconds(-60) })],
  ['is not valid yet', () => tokenOfProvider('RS256', 'ann', { nbf: inSeconds(60) })],
  ['never expires', () => tokenOfProvider('RS256', 'ann', { exp: undefined })],
  ['names nobody', () => tokenOfProvider('RS256', 'ann', { sub: undefined })],
  ['is of another issuer', () => tokenOfProvider('ES256', 'ann', { iss: 'https://evil.test' })],
  ['is of no issuer', () => tokenOfProvider('ES256', 'ann', { iss: undefined })],
  ['is for another audience', () => tokenOfProvider('ES256', 'ann', { aud: ['other', 'more'] })],
  ['is for no audience', () => tokenOfProvider('ES256', 'ann', { aud: undefined })],
  ['names a key that is not there', () => tokenOfProvider('EdDSA', 'ann', {}, { kid: 'gone' })],
  [
    'names the key of another algorithm',
    () => tokenOfProvider('EdDSA', 'ann', {}, { kid: 'RS256' }),
  ],
  ['uses an algorithm that is not taken', () => tokenOfProvider('PS256', 'ann')],
  [
    'is a session by its type',
    () => tokenOfProvider('RS256', 'ann', {}, { typ: 'hilo-session+jwt' }),
  ],
  ['is signed with the public key as a secret', confused],
  ['is signed with a shared secret', () => userToken('ann')],
  ['is not signed at all', unsigned],
  ['carries the signature of another', swapped],
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

test('refuses a token of a key set when users are known by a shared secret', async () => {
  expect((await calling(await tokenOfProvider('RS256', 'ann'), {})).status).toBe(401)
})

test('says of a key set that can not be had that it may be tried again, and tries it again', async () => {
  const { settings, publish } = keySetPlace()
  const token = await tokenOfProvider('RS256', crypto.randomUUID())
  const response = await calling(token, settings)
  expect(response.headers.get('retry-after')).toBe('5')
  expect(await problemOf(response)).toMatchObject({ type: '/problems/try-again', status: 503 })
  await publish({ error: 'we are moving house' }, 500)
  expect((await calling(token, settings)).status).toBe(503)
  await publish('no key set')
  expect((await calling(token, settings)).status).toBe(503)
  await publish()
  expect((await calling(token, settings)).status).toBe(201)
})

test.each([
  [{ AUTH_ISSUER: '' }, 'AUTH_ISSUER is not set. Set it under [vars] in wrangler.toml'],
  [{ AUTH_AUDIENCE: '' }, 'AUTH_AUDIENCE is not set. Set it under [vars] in wrangler.toml'],
  [{ AUTH_JWKS_URL: 'keys' }, 'AUTH_JWKS_URL is not a URL'],
])('names the setting that a key set lacks: %j', async (changed, detail) => {
  const token = await tokenOfProvider('RS256', 'ann')
  const problem = await problemOf(calling(token, { ...provider.settings, ...changed }))
  expect(problem).toMatchObject({ type: '/problems/not-configured', status: 503 })
  expect(problem.detail).toContain(detail)
})
