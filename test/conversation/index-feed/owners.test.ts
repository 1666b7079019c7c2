import { expect, test } from 'vitest'

import { as, sendWith } from '../../support/api.ts'
import { givenConversation } from '../../support/given.ts'
import { problemOf } from '../../support/problems.ts'
import { evict, ringWhenDue, underSettings } from '../../support/record.ts'
import {
  foundBy,
  indexOf,
  indexesDown as down,
  indexesWith,
  knownIndexes,
  message,
  searchFor,
  wordsIn,
} from '../../support/searching.ts'
import { aVisitor, givenCutLink, logIn, runCron } from '../../support/visitors.ts'

test('the user finds what the session said, from the moment of linking, and the session no more', async () => {
  const { id: sessionId, token, client } = await aVisitor()
  const id = await givenConversation(client, { messages: [message('a takahe', 'm')] })
  expect(foundBy((await searchFor(client, 'takahe')).data)).toEqual(['m'])
  const userId = crypto.randomUUID()
  const user = await as.user(userId)
  // An index that stands already has to be told.
  await givenConversation(user, { messages: [message('of mine', 'm')] })
  expect((await searchFor(user, 'takahe')).data).toEqual([])
  // Handing over waits for indexes that take their time.
  await underSettings(
    id,
    indexesWith(() => scheduler.wait(300)),
  )
  expect((await logIn(token, userId)).linked).toBe(1)
  expect(foundBy((await searchFor(user, 'takahe')).data)).toEqual(['m'])
  expect((await searchFor(client, 'takahe')).data).toEqual([])
  expect(await wordsIn(`session:${sessionId}`)).toBeNull()
  expect((await knownIndexes(id)).map((one) => one['owner'])).toEqual([`user:${userId}`])
})

test('the session finds nothing from the answer on, also if no conversation reaches its index', async () => {
  const { id: sessionId, token, client } = await aVisitor()
  const id = await givenConversation(client, { messages: [message('a weka', 'm')] })
  expect((await searchFor(client, 'weka')).data).toHaveLength(1)
  const userId = crypto.randomUUID()
  await underSettings(id, down)
  await logIn(token, userId)
  expect(await wordsIn(`session:${sessionId}`)).toBeNull()
  expect((await searchFor(client, 'weka')).data).toEqual([])
  await evict(id)
  await ringWhenDue(id)
  expect(foundBy((await searchFor(await as.user(userId), 'weka')).data)).toEqual(['m'])
})

test('is told to call again while the index of the session can not be reached', async () => {
  const { token, client } = await aVisitor()
  await givenConversation(client, { messages: [message('a weka', 'm')] })
  const user = await as.user()
  const body = { session_token: token }
  const init = {
    method: 'POST',
    body: JSON.stringify(body),
    headers: { ...user.headers, 'content-type': 'application/json' },
  }
  const problem = await problemOf(sendWith(down, '/api/sessions/link', init))
  expect(problem).toMatchObject({ status: 503, type: '/problems/try-again' })
  expect((await user.post('/api/sessions/link', body)).status).toBe(200)
  expect(foundBy((await searchFor(user, 'weka')).data)).toEqual(['m'])
  expect((await searchFor(client, 'weka')).data).toEqual([])
})

test('a link that was cut hands the words over with the rest', async () => {
  const { id: sessionId, client } = await aVisitor()
  await givenConversation(client, { messages: [message('a kiwi', 'm')] })
  expect((await searchFor(client, 'kiwi')).data).toHaveLength(1)
  const userId = crypto.randomUUID()
  await givenCutLink(sessionId, userId)
  await runCron()
  expect(foundBy((await searchFor(await as.user(userId), 'kiwi')).data)).toEqual(['m'])
  expect((await searchFor(client, 'kiwi')).data).toEqual([])
})

test('a notice that is late brings nothing back to the session', async () => {
  const { id: sessionId, token, client } = await aVisitor()
  const id = await givenConversation(client, { messages: [message('a moa', 'm')] })
  await givenConversation(client, { messages: [message('stays', 'm')] })
  await searchFor(client, 'moa')
  const body = { session_token: token, conversation_ids: [id] }
  expect((await (await as.user()).post('/api/sessions/link', body)).status).toBe(200)
  expect((await searchFor(client, 'stays')).data).toHaveLength(1)
  await indexOf(`session:${sessionId}`).notice(id)
  expect((await searchFor(client, 'moa')).data).toEqual([])
  expect(await wordsIn(`session:${sessionId}`)).toBe(1)
})
