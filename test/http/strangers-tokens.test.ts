import { env } from 'cloudflare:workers'
import { expect, test } from 'vitest'

import { type Client, as, sendWith } from '../support/api.ts'
import { givenConversation, userMessages } from '../support/given.ts'
import { confused, keySetPlace, swapped, tokenOfProvider, unsigned } from '../support/key-set.ts'
import { inRecord } from '../support/record.ts'
import { type Operation, bodyFor, operations } from '../support/routes.ts'
import { serviceTokens } from '../support/settings.ts'
import { inSeconds, sessionToken, userToken } from '../support/tokens.ts'
import { aVisitor, logIn } from '../support/visitors.ts'

const routes = (await operations()).filter(({ isForCallers }) => isForCallers)
const provider = keySetPlace()
await provider.publish()

const ann = await as.user('ann')
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

/** Everybody who can't say who they are, and what they send all the same. */
const credentials: Record<string, Record<string, string>> = {
  'a word that is no token': { authorization: key('garbage') },
  'no word at all': { authorization: 'Bearer ' },
  'another scheme': { authorization: 'Basic YW5uOmFubg==' },
  'three words with dots': { authorization: key('not.a.token') },
  'a token that has expired': { authorization: key(await token({ exp: inSeconds(-60) })) },
  'a token that is not valid yet': { authorization: key(await token({ nbf: inSeconds(60) })) },
  'a token of another issuer': { authorization: key(await token({ iss: 'https://evil.test' })) },
  'a token for another audience': { authorization: key(await token({ aud: 'other' })) },
  'a token without a signature': { authorization: key(await unsigned()) },
  'a token that is signed with the public key': { authorization: key(await confused()) },
  'a token of a key that is not known': { authorization: key(await token({}, { kid: 'gone' })) },
  'a token with the signature of another': { authorization: key(await swapped()) },
  'a token of the shared secret': { authorization: key(await userToken('ann')) },
  'the token of a user in the cookie': { cookie: `__Host-hilo_session=${await token({})}` },
  'a wrong service token': { authorization: key(`${serviceTokens.backend}!`) },
  'a session’s token changed by a letter': {
    authorization: key(spoilt(await sessionToken('the-session'))),
  },
}

async function answerOf(headers: Record<string, string>, { method, path }: Operation, id: string) {
  const body = bodyFor({ method, path })
  const answer = await sendWith(provider.settings, path.replace('{id}', id), {
    method,
    headers: { ...headers, ...(body && { 'content-type': 'application/json' }) },
    ...(body && { body: JSON.stringify(body) }),
  })
  return {
    status: answer.status,
    headers: [...answer.headers].filter(([name]) => name !== 'x-request-id').map(String),
    body: await answer.text(),
  }
}

/** All that D1 holds, to the last value. */
async function everything() {
  const tables = ['conversations', 'messages', 'session_links']
  const read = (table: string) => env.DB.prepare(`SELECT * FROM ${table} ORDER BY 1, 2`)
  const results = await env.DB.batch(tables.map(read))
  return results.map((result) => result.results)
}

test.each(routes)('knows nobody by what proves nothing: $method $path', async (route) => {
  const before = await everything()
  expect(before[1]).toHaveLength(3)
  const nobody = await answerOf({}, route, crypto.randomUUID())
  expect(nobody).toMatchObject({ status: 401 })
  expect(JSON.parse(nobody.body)).toMatchObject({ type: '/problems/unauthenticated' })
  const garbage = await answerOf({ authorization: key('x') }, route, crypto.randomUUID())
  expect(JSON.parse(garbage.body)).toMatchObject({ type: '/problems/invalid-token', status: 401 })
  for (const id of [of, sessionOf, crypto.randomUUID()]) {
    expect(await answerOf({}, route, id)).toEqual(nobody)
    for (const [who, headers] of Object.entries(credentials)) {
      // Linking reads its session from the cookie, and who calls from the header alone.
      const expected = headers['cookie'] && route.path.endsWith('/link') ? nobody : garbage
      expect({ who, ...(await answerOf(headers, route, id)) }).toEqual({ who, ...expected })
    }
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
    client.request(method, path.replace('{id}', about), bodyFor({ method, path }))
  for (const route of withId) {
    const theirs = await answer(visitor.client, route, id)
    const missing = await answer(visitor.client, route, crypto.randomUUID())
    expect([route.path, theirs.status]).toEqual([route.path, 404])
    expect(await theirs.text()).toBe(await missing.text())
  }
})

test.each(routes)('takes no act for another from who may not: $method $path', async (route) => {
  for (const name of ['staff', 'nobody', 'eraser'] as const) {
    const client = as.service(name, 'user:ann')
    const answer = await client.request(
      route.method,
      route.path.replace('{id}', of),
      bodyFor(route),
    )
    expect([name, answer.status]).toEqual([name, 403])
    expect(await answer.json()).toMatchObject({ detail: 'Hilo-Acting-For needs the scope act.' })
  }
})
