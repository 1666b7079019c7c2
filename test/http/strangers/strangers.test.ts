import { expect, test } from 'vitest'

import { Client, as, bodyOf } from '../../support/api.ts'
import { withCookie } from '../../support/cookies.ts'
import { givenConversation } from '../../support/given.ts'
import { notThere, problemIn } from '../../support/problems.ts'
import { d1Error, storedIn, underFaults } from '../../support/record.ts'
import {
  type Route,
  inBodies,
  nothingAt,
  onBranches,
  operations,
  sendAbout,
} from '../../support/routes.ts'
import { sessionToken } from '../../support/tokens.ts'
import { inTools } from '../../support/tool-calls.ts'
import { withBytes } from '../../support/uploads.ts'

const routes = [
  ...(await operations()).filter(({ path }) => /\{(response_)?id\}/.test(path)),
  ...onBranches,
  ...inBodies,
  ...inTools,
  ...withBytes,
]

/** An answer as it came, but for what names the request. */
async function wholeOf(response: Response) {
  const headers = [...response.headers].filter(([name]) => name !== 'x-request-id')
  return {
    status: response.status,
    headers: headers.toSorted(([a], [b]) => a.localeCompare(b)),
    body: await response.text(),
  }
}

const message = { id: 'm', role: 'user', content: 'A secret' }
const ann = await as.user()
const [ofUser, ofSession] = await Promise.all([
  givenConversation(ann, { messages: [message] }),
  givenConversation(await as.session(), { messages: [message] }),
])

const strangers: [who: string, client: Client][] = [
  ['a user', await as.user()],
  ['a session', await as.session()],
  ['a cookie', new Client(withCookie(await sessionToken(crypto.randomUUID())))],
  ['a service for another user', as.service('backend', 'user:somebody-else')],
  ['a service for another session', as.service('backend', 'session:somebody-else')],
  ['a service for nobody', as.service('backend')],
  ['a service without scopes', as.service('nobody')],
]

const erases = ({ method, path }: Route) =>
  path.endsWith('/erase') ||
  (method === 'DELETE' &&
    ['/assistant-ui/v1/threads/{id}', '/v1/conversations/{id}'].includes(path))

const malformed = ['no-uuid', 'null', '%00', '%E0%A4%A', `${ofUser}0`, '..%2F..', 'ñ'.repeat(300)]

test.each(routes)('tells a stranger nothing: $method $path', async (route) => {
  const missing = crypto.randomUUID()
  const standing = await bodyOf(ann.get(`/api/conversations/${ofUser}`))
  expect(standing).toMatchObject({ id: ofUser, title: null, is_active: true, message_count: 1 })
  for (const [who, client] of strangers) {
    const answer = async (id: string) => wholeOf(await sendAbout(client, route, id))
    const expected = await answer(missing)
    expect(expected.status).toBe(nothingAt(route.path))
    const why = expected.status === 404 ? problemIn(expected).type : notThere.type
    expect([notThere.type, '/problems/no-such-message']).toContain(why)
    const ids = [ofUser, ofSession, ofUser.toUpperCase(), missing.toUpperCase(), ...malformed]
    for (const id of ids)
      expect({ who, id, ...(await answer(id)) }).toEqual({ who, id, ...expected })
  }
  expect(await bodyOf(ann.get(`/api/conversations/${ofUser}`))).toEqual(standing)
})

test.each(routes)(
  'leaves nothing behind in a place that is empty: $method $path',
  async (route) => {
    const id = crypto.randomUUID()
    for (const [, client] of [...strangers, ['staff', as.service('staff')] as const]) {
      await sendAbout(client, route, id)
    }
    expect(await storedIn(id)).toEqual({ tables: [], alarm: null })
    const standing = await storedIn(ofUser)
    expect(standing.tables).toContain('messages')
  },
)

test.each(routes)('says the same to staff of what is not there: $method $path', async (route) => {
  const [staff, user] = [as.service('staff'), await as.user()]
  const id = crypto.randomUUID()
  const expected = await wholeOf(await sendAbout(user, route, id))
  const answer = await wholeOf(await sendAbout(staff, route, id))
  expect(answer).toEqual(expected)
})

test.each(routes)(
  'says the same of what is erased as of what never was: $method $path',
  async (route) => {
    const owner = crypto.randomUUID()
    const user = await as.user(owner)
    const id = await givenConversation(user, { messages: [message] })
    // With D1 out of reach the object keeps what it needs to go on.
    await underFaults(id, {
      beforeQuery: () => {
        throw d1Error('Network connection lost.')
      },
    })
    expect((await user.post(`/api/conversations/${id}/erase`)).status).toBe(200)
    const answer = async (client: Client, about: string) =>
      wholeOf(await sendAbout(client, route, about))
    const missing = await answer(await as.user(), crypto.randomUUID())
    const callers = [
      ...strangers,
      ['staff', as.service('staff')] as const,
      ['a service for its owner', as.service('backend', `user:${owner}`)] as const,
      // Who erases again gets the same receipt.
      ...(erases(route) ? [] : [['its owner', user] as const]),
    ]
    for (const [who, client] of callers) {
      expect({ who, ...(await answer(client, id)) }).toEqual({ who, ...missing })
    }
  },
)
