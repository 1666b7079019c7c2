import { env } from 'cloudflare:workers'
import { expect, test } from 'vitest'

import { type Conversation, type Listed, as, bodyOf, sendWith } from '../../../support/api.ts'
import { givenConversation, userMessages } from '../../../support/given.ts'
import { pointersOf, problemOf } from '../../../support/problems.ts'
import { faultyD1, inRecord, rowOf, underFaults, wipeWhenDue } from '../../../support/record.ts'
import { listen } from '../../../support/said.ts'
import { aVisitor, logIn } from '../../../support/visitors.ts'

interface Erasures {
  object: 'erasures'
  conversations: number
  messages: number
  on_hold: number
  is_complete: boolean
  has_more: boolean
  next_cursor: string | null
}

const all = {
  object: 'erasures',
  on_hold: 0,
  is_complete: true,
  has_more: false,
  next_cursor: null,
}

test('erases everything of the caller, archived ones too, and nothing of anybody else', async () => {
  const log = listen()
  const [ann, bob] = [await as.user(), await as.user()]
  const ids = [
    await givenConversation(ann, { messages: userMessages(2) }),
    await givenConversation(ann, { messages: userMessages(1) }),
    await givenConversation(ann),
  ]
  await ann.delete(`/api/conversations/${ids[1]}`)
  const his = await givenConversation(bob, { messages: userMessages(1) })
  const answer = await ann.post('/api/erase', {})
  expect(answer.status).toBe(200)
  expect(await bodyOf<Erasures>(answer)).toEqual({ ...all, conversations: 3, messages: 3 })
  for (const id of ids) {
    expect(await rowOf(id)).toBeNull()
    expect((await ann.get(`/api/conversations/${id}`)).status).toBe(404)
  }
  expect((await bob.get(`/api/conversations/${his}`)).status).toBe(200)
  expect(await bodyOf<Erasures>(ann.post('/api/erase', {}))).toEqual({
    ...all,
    conversations: 0,
    messages: 0,
  })
  expect(log.text()).toContain('"event":"erased-all","conversations":3,"messages":3,"service":null')
})

test('erases what a session began, and not what became a user’s', async () => {
  const visitor = await aVisitor()
  const claimed = await givenConversation(visitor.client)
  await logIn(visitor.token, crypto.randomUUID())
  const session = await as.session()
  const id = await givenConversation(session)
  expect(await bodyOf<Erasures>(session.post('/api/erase', {}))).toMatchObject({ conversations: 1 })
  expect(await bodyOf<Erasures>(visitor.client.post('/api/erase', {}))).toMatchObject({
    conversations: 0,
  })
  expect(await rowOf(id)).toBeNull()
  expect(await rowOf(claimed)).not.toBeNull()
})

test('leaves what is on hold, and says how many', async () => {
  const ann = await as.user()
  const held = await givenConversation(ann, { messages: userMessages(1) })
  const id = await givenConversation(ann)
  await as.service('counsel').patch(`/api/conversations/${held}`, { hold: true })
  expect(await bodyOf<Erasures>(ann.post('/api/erase', {}))).toEqual({
    ...all,
    conversations: 1,
    messages: 0,
    on_hold: 1,
  })
  expect(await rowOf(id)).toBeNull()
  const listed = await bodyOf<Listed<Conversation>>(ann.get('/api/conversations'))
  expect(listed.data.map((one) => one.id)).toEqual([held])
})

test('a service with the scope erase names the user', async () => {
  const user = crypto.randomUUID()
  const ann = await as.user(user)
  const id = await givenConversation(ann)
  const eraser = as.service('eraser')
  expect(await problemOf(eraser.post('/api/erase', {}))).toMatchObject({ status: 403 })
  const erased = await bodyOf<Erasures>(eraser.post('/api/erase', { user_id: user }))
  expect(erased).toMatchObject({ conversations: 1 })
  expect(await rowOf(id)).toBeNull()

  const acting = as.service('privacy', `user:${user}`)
  await givenConversation(ann)
  expect(await bodyOf<Erasures>(acting.post('/api/erase', {}))).toMatchObject({ conversations: 1 })
  await givenConversation(ann)
  const named = await bodyOf<Erasures>(acting.post('/api/erase', { user_id: user }))
  expect(named).toMatchObject({ conversations: 1 })
})

test('nobody names somebody else', async () => {
  const ann = await as.user('ann-erases')
  const id = await givenConversation(await as.user('bob-stays'))
  const acting = as.service('privacy', 'user:ann-erases')
  for (const client of [ann, acting, await as.session()]) {
    const problem = await problemOf(client.post('/api/erase', { user_id: 'bob-stays' }))
    expect(problem).toMatchObject({ status: 403, type: '/problems/not-permitted' })
    expect(pointersOf(problem)).toEqual(['/user_id'])
  }
  const backend = as.service('backend', 'user:bob-stays')
  expect(await problemOf(backend.post('/api/erase', {}))).toMatchObject({ status: 403 })
  expect(await rowOf(id)).not.toBeNull()
  expect((await ann.post('/api/erase', { user_id: 'ann-erases' })).status).toBe(200)
})

test('says when the record is not rid of it yet', async () => {
  const ann = await as.user()
  const id = await givenConversation(ann)
  await inRecord(id, 0)
  await underFaults(id, {
    beforeQuery: () => {
      throw new Error('D1_ERROR: Network connection lost.')
    },
  })
  expect(await bodyOf<Erasures>(ann.post('/api/erase', {}))).toMatchObject({
    conversations: 1,
    is_complete: false,
  })
  expect((await ann.get(`/api/conversations/${id}`)).status).toBe(404)
})

test('a row that a restore of D1 brought back goes too', async () => {
  const ann = await as.user()
  const id = await givenConversation(ann)
  const row = (await rowOf(id)) ?? {}
  await ann.post(`/api/conversations/${id}/erase`)
  await wipeWhenDue(id)
  await env.DB.prepare(
    `INSERT INTO conversations (${Object.keys(row).join(', ')})
     VALUES (${Object.keys(row)
       .map(() => '?')
       .join(', ')})`,
  )
    .bind(...Object.values(row))
    .run()
  expect(await bodyOf<Erasures>(ann.post('/api/erase', {}))).toMatchObject({ conversations: 0 })
  expect(await rowOf(id)).toBeNull()
})

test('answers over a hundred with a cursor for the rest', async () => {
  const user = crypto.randomUUID()
  const ann = await as.user(user)
  const ids = Array.from({ length: 105 }, () => crypto.randomUUID())
  const create = (id: string) => ann.post('/api/conversations', { id })
  for (let from = 0; from < ids.length; from += 50) {
    await Promise.all(ids.slice(from, from + 50).map(create))
  }
  const first = await bodyOf<Erasures>(ann.post('/api/erase', {}))
  expect(first).toMatchObject({ conversations: 100, is_complete: true, has_more: true })
  const rest = await bodyOf<Erasures>(ann.post('/api/erase', { cursor: first.next_cursor }))
  expect(rest).toMatchObject({ conversations: 5, has_more: false, next_cursor: null })
  const listed = await bodyOf<Listed<Conversation>>(ann.get('/api/conversations'))
  expect(listed.data).toEqual([])
})

test('a D1 that fails is said to have, with what is done', async () => {
  const ann = await as.user()
  const { db } = faultyD1(env.DB, {
    beforeQuery: () => {
      throw new Error('D1_ERROR: Network connection lost.')
    },
  })
  const answer = await sendWith({ DB: db }, '/api/erase', {
    method: 'POST',
    headers: { ...ann.headers, 'content-type': 'application/json' },
    body: '{}',
  })
  expect(answer.headers.get('retry-after')).toBe('5')
  expect(await answer.json()).toMatchObject({
    status: 503,
    detail: '0 conversations are erased. Call again for the others.',
  })
})

test('takes no cursor but its own', async () => {
  const ann = await as.user()
  const problem = await problemOf(ann.post('/api/erase', { cursor: 'x' }))
  expect(problem).toMatchObject({ status: 422 })
  expect(pointersOf(problem)).toEqual(['/cursor'])
})

test('does nothing for a request that says nothing', async () => {
  const ann = await as.user()
  const id = await givenConversation(ann)
  expect(await problemOf(ann.post('/api/erase'))).toMatchObject({ status: 400 })
  expect((await ann.get(`/api/conversations/${id}`)).status).toBe(200)
})
