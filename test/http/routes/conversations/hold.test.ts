import { expect, test } from 'vitest'

import { type Conversation, as, at, bodyOf } from '../../../support/api.ts'
import { givenConversation, objectOf, userMessages } from '../../../support/given.ts'
import { pointersOf, problemOf } from '../../../support/problems.ts'
import { rowOf } from '../../../support/record.ts'
import { listen } from '../../../support/said.ts'

const counsel = as.service('counsel')
test('is set and lifted by a service with the scope hold, and moves no time', async () => {
  const log = listen()
  const ann = await as.user()
  const id = await givenConversation(ann, { messages: userMessages(1) })
  const before = await bodyOf<Conversation>(ann.get(`${at(id)}?limit=1`))
  const held = await bodyOf<Conversation>(counsel.patch(at(id), { hold: true }))
  expect(held).toMatchObject({ id, hold: true, updated_at: before.updated_at })
  expect(await rowOf(id)).toMatchObject({ hold: 1 })
  expect((await counsel.patch(at(id), { hold: true })).status).toBe(200)
  await counsel.patch(at(id), { hold: false })
  expect(await rowOf(id)).toMatchObject({ hold: 0 })
  expect(log.events('held', id)).toMatchObject([{ service: 'counsel' }])
  expect(log.events('released', id)).toMatchObject([{ service: 'counsel' }])
})

test('refuses erasure, to its owner and to a service, until it is lifted', async () => {
  const ann = await as.user()
  const id = await givenConversation(ann, { messages: userMessages(1) })
  await counsel.patch(at(id), { hold: true })
  for (const client of [ann, as.service('eraser')]) {
    const problem = await problemOf(client.post(`${at(id)}/erase`))
    expect(problem).toMatchObject({ status: 409, type: '/problems/on-hold' })
  }
  expect((await ann.get(at(id))).status).toBe(200)
  expect(await rowOf(id)).toMatchObject({ last_seq: 1 })
  await counsel.patch(at(id), { hold: false })
  expect((await ann.post(`${at(id)}/erase`)).status).toBe(200)
})

test.each([
  ['its owner', async () => as.user('held-user')],
  ['a back end that acts for them', async () => as.service('backend', 'user:held-user')],
  ['staff', async () => as.service('staff')],
])('is not for %s', async (_, who) => {
  const id = await givenConversation(await as.user('held-user'))
  const client = await who()
  for (const hold of [true, false]) {
    const problem = await problemOf(client.patch(at(id), { hold }))
    expect(problem).toMatchObject({ status: 403, type: '/problems/not-permitted' })
    expect(pointersOf(problem)).toEqual(['/hold'])
  }
  expect(await rowOf(id)).toMatchObject({ hold: 0 })
})

test('lets its service hold, and see or change nothing else', async () => {
  const ann = await as.user()
  const id = await givenConversation(ann, { title: 'Mine' })
  const changing = counsel.patch(at(id), { hold: true, title: 'Theirs' })
  expect(await problemOf(changing)).toMatchObject({ status: 404 })
  expect(await problemOf(counsel.get(at(id)))).toMatchObject({ status: 404 })
  expect(await bodyOf<Conversation>(ann.get(at(id)))).toMatchObject({
    title: 'Mine',
    hold: false,
  })
  const acting = as.service('counsel-for', 'user:somebody-else')
  expect(await problemOf(acting.patch(at(id), { hold: true }))).toMatchObject({ status: 404 })
  const held = await bodyOf<Conversation>(counsel.patch(at(id), { hold: true }))
  expect(held).toMatchObject({ id, hold: true, title: null, summary: null, metadata: {} })
  expect(await bodyOf<Conversation>(ann.get(at(id)))).toMatchObject({ title: 'Mine', hold: true })
  const missing = counsel.patch(at(crypto.randomUUID()), { hold: true })
  expect(await problemOf(missing)).toMatchObject({ status: 404 })
})

test('the object itself takes a hold from nobody else either', async () => {
  const id = await givenConversation(await as.user('held-directly'))
  const owner = { kind: 'user' as const, id: 'held-directly' }
  const call = { caller: { owner, service: null, expiresAt: null }, requestId: 'r' }
  const refused = await objectOf(id).patch(call, { hold: true })
  expect(refused).toMatchObject({ ok: false, why: 'no-such-conversation' })
})
