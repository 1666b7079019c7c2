import { expect, test } from 'vitest'

import { Client, append, as, at } from '../../support/api.ts'
import { withCookie } from '../../support/cookies.ts'
import { givenConversation } from '../../support/given.ts'
import { searchFor, searchPath } from '../../support/searching.ts'
import { sessionToken } from '../../support/tokens.ts'

/** An answer as it came, but for what names the request. */
async function wholeOf(response: Response) {
  const headers = [...response.headers].filter(([name]) => name !== 'x-request-id')
  return {
    status: response.status,
    headers: headers.map(String).toSorted(),
    body: await response.text(),
  }
}

const owner = crypto.randomUUID()
const ann = await as.user(owner)
const session = crypto.randomUUID()
const visitor = await as.session(session)
const secret = { id: 'm', role: 'user', content: 'The capybara sleeps at noon' }
const id = await givenConversation(ann, { title: 'Capybara', topic: 't', messages: [secret] })
const theirs = await givenConversation(visitor, { title: 'Capybara', messages: [secret] })
await append(ann, id, [{ id: 'n', role: 'user', content: 'And the capybara wakes' }])

const strangers: [who: string, client: Client, status: number][] = [
  ['a user', await as.user(), 200],
  ['a user by the name of a session', await as.user(`session:${session}`), 200],
  ['a user by the id of a session', await as.user(session), 200],
  ['a session', await as.session(), 200],
  ['a session by the name of a user', await as.session(`user:${owner}`), 200],
  ['a session by the id of a user', await as.session(owner), 200],
  ['a cookie', new Client(withCookie(await sessionToken(crypto.randomUUID()))), 200],
  ['a service for another user', as.service('backend', 'user:somebody-else'), 200],
  ['a service for another session', as.service('backend', `session:${owner}`), 200],
  ['a service for nobody', as.service('backend'), 403],
  ['staff, who read everything', as.service('staff'), 403],
  ['a service without scopes', as.service('nobody'), 403],
]

test.each(strangers)('a search tells %s nothing', async (_, client, status) => {
  // Of either owner it is found.
  expect((await searchFor(ann, 'capybara')).data.length).toBeGreaterThanOrEqual(2)
  expect((await searchFor(visitor, 'capybara')).data).toHaveLength(2)
  const ask = async (q: string, more: Record<string, string> = {}) =>
    wholeOf(await client.get(searchPath(q, more)))
  const nothing = await ask('what-nobody-ever-said')
  expect(nothing.status).toBe(status)
  for (const q of ['capybara', '"sleeps at noon"', 'cap*', '-x capybara', 'user:capybara']) {
    expect(await ask(q)).toEqual(nothing)
  }
  for (const about of [id, theirs, crypto.randomUUID()]) {
    expect(await ask('capybara', { conversation_id: about })).toEqual(nothing)
  }
  expect(await ask('capybara', { topic: 't', in: 'tools,system,reasoning' })).toEqual(nothing)
  // A cursor is of one search, whoever made it.
  const made = await ask('capybara', { cursor: btoa('["s",-1000,1,1]') })
  expect(made.status).toBe(status === 200 ? 422 : status)
})

test('what a service finds for its owner is what the owner finds', async () => {
  const backend = as.service('backend', `user:${owner}`)
  const found = await searchFor(ann, 'capybara')
  expect(await searchFor(backend, 'capybara')).toEqual(found)
  expect(found.data.every(({ conversation }) => conversation.id === id)).toBe(true)
  expect((await as.service('staff').get(at(id))).status).toBe(200)
})
