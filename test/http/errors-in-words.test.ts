import { expect, test } from 'vitest'

import { Client, as, at } from '../support/api.ts'
import { givenConversation } from '../support/given.ts'
import { problemOf } from '../support/problems.ts'
import { bindings } from '../support/settings.ts'
import { inSeconds, sessionToken, signed, userToken } from '../support/tokens.ts'

const bearer = (authorization: string) => new Client({ authorization })

test.for([
  ['no credential', {}, 'Send `Authorization: Bearer <token>`'],
  ['another scheme', { authorization: 'Basic YTpi' }, 'not of the form `Bearer TOKEN`'],
  [
    'an unknown service',
    { authorization: 'Bearer nobody' },
    'neither a JWT nor the token of a service',
  ],
  ['a forged token', { authorization: 'Bearer a.b.c' }, 'The token proves nobody'],
] as const)('a 401 says what is wrong: %s', async ([, headers, words]) => {
  const problem = await problemOf(new Client(headers).get('/api/conversations'))
  expect(problem.status).toBe(401)
  expect(problem.detail).toContain(words)
})

test('a 401 tells an expired token from a wrong one', async () => {
  const past = { exp: inSeconds(-60) }
  const user = await signed(bindings.AUTH_JWT_SECRET, { sub: 'ann', ...past })
  const ofUser = await problemOf(bearer(`Bearer ${user}`).get('/api/conversations'))
  expect(ofUser.detail).toBe('The token has expired. Get a new one from your identity provider.')
  const session = await signed(
    bindings.SESSION_SECRET,
    { sub: 's', ...past },
    { typ: 'hilo-session+jwt' },
  )
  const ofSession = await problemOf(bearer(`Bearer ${session}`).get('/api/conversations'))
  expect(ofSession.detail).toContain('The session’s token has expired')
  const wrong = `Bearer ${(await userToken('ann')).slice(0, -4)}AAAA`
  expect((await problemOf(bearer(wrong).get('/api/conversations'))).detail).toContain(
    'proves nobody',
  )
  expect(await sessionToken('s')).not.toBe(session)
})

test.for([
  ['/api/conversations?limit=abc', '1 to 100'],
  ['/api/conversations?limit=0', '1 to 100'],
  ['/api/conversations?limit=1.5', '1 to 100'],
  ['/api/conversations?limit=', '1 to 100'],
  ['{at}?limit=201', '1 to 200'],
  ['{at}/messages?limit=x', '1 to 200'],
  ['{at}/context?max_messages=x', '1 to 200'],
  ['{at}/context?max_tokens=1', '100 to 1000000'],
  ['{at}/live?after=-1', '0 or more'],
] as const)('a parameter’s error says what is taken: %s', async ([path, range]) => {
  const ann = await as.user()
  const id = await givenConversation(ann)
  const problem = await problemOf(ann.get(path.replace('{at}', at(id))))
  expect(problem.status).toBe(422)
  expect(problem.errors?.map(({ detail }) => detail)).toEqual([`Send a whole number: ${range}`])
})

test('a body that is refused says that nothing was stored', async () => {
  const ann = await as.user()
  const id = await givenConversation(ann)
  for (const [path, body] of [
    [`${at(id)}/messages`, { messages: [{ role: 'nobody', content: 'x' }] }],
    ['/api/conversations', { title: 7 }],
  ] as const) {
    expect(await problemOf(ann.post(path, body))).toMatchObject({
      status: 422,
      detail: 'Nothing of this request was stored.',
    })
  }
})

test('what is being erased is not there for a service that only reads', async () => {
  const ann = await as.user()
  const id = await givenConversation(ann)
  const staff = as.service('staff')
  expect((await staff.post(`${at(id)}/erase`)).status).toBe(403)
  await ann.post(`${at(id)}/erase`)
  const answers = [await staff.get(at(id)), await staff.post(`${at(id)}/erase`)]
  expect(answers.map(({ status }) => status)).toEqual([404, 404])
  expect((await ann.post(`${at(id)}/erase`)).status).toBe(200)
})
