import { env } from 'cloudflare:workers'
import { expect, test } from 'vitest'

import { type Client, as, sendWith } from '../../support/api.ts'
import { givenConversation, userMessages } from '../../support/given.ts'
import { confused, keySetPlace, swapped, tokenOfProvider, unsigned } from '../../support/key-set.ts'
import { makeToken } from '../../support/made-tokens.ts'
import { problemIn } from '../../support/problems.ts'
import { inRecord } from '../../support/record.ts'
import { type Operation, bodyFor, nothingAt, operations, placed } from '../../support/routes.ts'
import { bindings, serviceTokens } from '../../support/settings.ts'
import { inSeconds, sessionToken, signed, userToken } from '../../support/tokens.ts'
import { aVisitor, logIn } from '../../support/visitors.ts'

const routes = (await operations()).filter(({ isForCallers }) => isForCallers)
const provider = keySetPlace()
await provider.publish()

const ann = await as.user('ann')
const { token: made } = await makeToken(ann)
const [of, sessionOf] = await Promise.all([
  givenConversation(ann, { messages: userMessages(2) }),
  givenConversation(await as.session('the-session'), { messages: userMessages(1) }),
])
await inRecord(of, 2)
await inRecord(sessionOf, 1)

const token = (claims: object, header: object = {}) =>
  tokenOfProvider('RS256', 'ann', claims, header)
const key = (secret: string) => `Bearer ${secret}`

/** Another first letter of the signature: the last one's bits need not all count. */
const spoilt = (one: string) =>
  one.replace(/\.([^.])([^.]+)$/, (_, letter, rest) => `.${letter === 'A' ? 'B' : 'A'}${rest}`)

const noBearer = 'The header Authorization is not of the form Bearer <token>.'
const unknown = 'The token is neither a JWT nor that of a service that this deployment knows.'
const neverMade = 'The token was revoked, or never made here.'
const unreadable = 'The token is no JWT that can be read. Send it whole, as it was issued.'
const unsignedDetail =
  'The signature of the token is not of a key and an algorithm that this deployment takes.'
const expired =
  'The token has expired. Get a new one: of a user from the identity provider, of a session from POST /api/sessions.'
const early = 'The token is not valid yet. Check the clock of its issuer.'
const claim = (name: string) =>
  `The claim \`${name}\` of the token is missing, or not what this deployment takes.`

/** Everybody who can't say who they are, what they send all the same, and what they are told. */
const credentials: Record<string, [headers: Record<string, string>, detail: string]> = {
  'a word that is no token': [{ authorization: key('garbage') }, unknown],
  'no word at all': [{ authorization: 'Bearer ' }, noBearer],
  'two words': [{ authorization: key('one two') }, noBearer],
  'another scheme': [{ authorization: 'Basic YW5uOmFubg==' }, noBearer],
  'three words with dots': [{ authorization: key('not.a.token') }, unreadable],
  'a token that has expired': [
    { authorization: key(await token({ exp: inSeconds(-60) })) },
    expired,
  ],
  'a token that is not valid yet': [
    { authorization: key(await token({ nbf: inSeconds(60) })) },
    early,
  ],
  'a token of another issuer': [
    { authorization: key(await token({ iss: 'https://evil.test' })) },
    claim('iss'),
  ],
  'a token for another audience': [
    { authorization: key(await token({ aud: 'other' })) },
    claim('aud'),
  ],
  'a token that names nobody': [{ authorization: key(await token({ sub: '' })) }, claim('sub')],
  'a token without a signature': [{ authorization: key(await unsigned()) }, unsignedDetail],
  'a token that is signed with the public key': [
    { authorization: key(await confused()) },
    unsignedDetail,
  ],
  'a token of a key that is not known': [
    { authorization: key(await token({}, { kid: 'gone' })) },
    unsignedDetail,
  ],
  'a token with the signature of another': [
    { authorization: key(await swapped()) },
    unsignedDetail,
  ],
  'a token of the shared secret': [{ authorization: key(await userToken('ann')) }, unsignedDetail],
  'the token of a user in the cookie': [
    { cookie: `__Host-hilo_session=${await token({})}` },
    unsignedDetail,
  ],
  'a token that was made, with another end': [
    { authorization: key(made.replace(/.$/, (last) => (last === '0' ? '1' : '0'))) },
    neverMade,
  ],
  'a token that was made, cut': [
    { authorization: key(made.slice(0, -1)) },
    'The token is cut. Send it whole, as it was made.',
  ],
  'a wrong service token': [{ authorization: key(`${serviceTokens.backend}!`) }, unknown],
  'a session’s token changed by a letter': [
    { authorization: key(spoilt(await sessionToken('the-session'))) },
    unsignedDetail,
  ],
  'a session’s token that has expired': [
    {
      authorization: key(
        await signed(
          bindings.SESSION_SECRET,
          { sub: 'the-session', exp: inSeconds(-1) },
          { typ: 'hilo-session+jwt' },
        ),
      ),
    },
    expired,
  ],
}

async function answerOf(headers: Record<string, string>, { method, path }: Operation, id: string) {
  const body = bodyFor({ method, path })
  const answer = await sendWith(provider.settings, placed(path, id), {
    method,
    headers: { ...headers, ...(body && { 'content-type': 'application/json' }) },
    ...(body && { body: JSON.stringify(body) }),
  })
  return {
    status: answer.status,
    headers: [...answer.headers].filter(([name]) => name !== 'x-request-id'),
    body: await answer.text(),
  }
}

const isJson = (body: string): boolean => body.startsWith('{')

/** All that D1 holds, to the last value. */
async function everything() {
  const tables = ['conversations', 'messages', 'session_links', 'tokens']
  const read = (table: string) => env.DB.prepare(`SELECT * FROM ${table} ORDER BY 1, 2`)
  const results = await env.DB.batch(tables.map(read))
  return results.map((result) => result.results)
}

test.each(routes)('knows nobody by what proves nothing: $method $path', async (route) => {
  const before = await everything()
  expect(before[1]).toHaveLength(3)
  const nobody = await answerOf({}, route, crypto.randomUUID())
  expect(nobody).toMatchObject({ status: 401 })
  expect(nobody.headers).toContainEqual(['www-authenticate', 'Bearer realm="hilo"'])
  expect(problemIn(nobody).status).toBe(401)
  expect(nobody.body).toContain('Send `Authorization: Bearer <token>`')
  const ids = [of, sessionOf, crypto.randomUUID()]
  for (const id of ids) expect(await answerOf({}, route, id)).toEqual(nobody)
  for (const [who, [headers, detail]] of Object.entries(credentials)) {
    const missing = await answerOf(headers, route, crypto.randomUUID())
    for (const id of ids) {
      expect({ who, ...(await answerOf(headers, route, id)) }).toEqual({ who, ...missing })
    }
    // Linking reads its session from the cookie, and who calls from the header alone.
    const isUnread = headers['cookie'] && route.path.endsWith('/link')
    const told = isUnread ? nobody.body : JSON.stringify(detail).slice(1, -1)
    expect({ who, status: missing.status }).toEqual({ who, status: 401 })
    expect(isJson(missing.body) ? missing.body : JSON.stringify(missing.body)).toContain(told)
    const challenge = isUnread ? '' : `, error="invalid_token", error_description="${detail}"`
    expect(missing.headers).toContainEqual(['www-authenticate', `Bearer realm="hilo"${challenge}`])
  }
  expect(await everything()).toEqual(before)
})

test('a session sees nothing any more of what it began, once it is linked', async () => {
  const visitor = await aVisitor()
  const id = await givenConversation(visitor.client, { messages: userMessages(1) })
  await logIn(visitor.token, crypto.randomUUID())
  await inRecord(id, 1)
  const withId = routes.filter(({ path }) => path.includes('{id}'))
  expect(withId.length).toBeGreaterThan(8)
  const answer = (client: Client, { method, path }: Operation, about: string) =>
    client.request(method, placed(path, about), bodyFor({ method, path }))
  for (const route of withId) {
    const theirs = await answer(visitor.client, route, id)
    const missing = await answer(visitor.client, route, crypto.randomUUID())
    expect([route.path, theirs.status]).toEqual([route.path, nothingAt(route.path)])
    expect(await theirs.text()).toBe(await missing.text())
  }
})

test.each(routes)(
  'takes no act for another from a service without the scope: $method $path',
  async (route) => {
    for (const name of ['staff', 'nobody', 'eraser'] as const) {
      const client = as.service(name, 'user:ann')
      const answer = await client.request(route.method, placed(route.path, of), bodyFor(route))
      expect([name, answer.status]).toEqual([name, 403])
      expect(await answer.text()).toContain('Hilo-Acting-For needs the scope act.')
    }
  },
)
