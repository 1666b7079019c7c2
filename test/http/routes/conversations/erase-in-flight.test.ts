import { env } from 'cloudflare:workers'
import { expect, test } from 'vitest'

import { type Conversation, as, at, bodyOf } from '../../../support/api.ts'
import { eventsOf } from '../../../support/events.ts'
import { givenConversation, objectOf, userMessages } from '../../../support/given.ts'
import { network } from '../../../support/network.ts'
import { notThere, problemOf } from '../../../support/problems.ts'
import {
  eventually,
  inRecord,
  recordOf,
  rowOf,
  storedIn,
  underFaults,
  wipeWhenDue,
} from '../../../support/record.ts'
import { listen } from '../../../support/said.ts'
import { givenRunningReply, proceed, restOf, turnOf } from '../../../support/turns.ts'
import { aVisitor, givenCutLink, link } from '../../../support/visitors.ts'

test('what a summary learned of it does not reach what is created in its place', async () => {
  const ann = await as.user()
  await network.script('first.names', [
    { gate: 'late-names' },
    { text: 'TITLE: A secret\nTOPIC: secret' },
    { finish: 'stop' },
  ])
  const id = await givenConversation(ann)
  await proceed(ann, id, turnOf('first'))
  await eventually(async () => (await network.seen('first.names')).length > 0)
  await ann.post(`${at(id)}/erase`)
  await wipeWhenDue(id)
  expect((await ann.post('/api/conversations', { id })).status).toBe(201)
  await network.open('late-names')
  await scheduler.wait(200)
  expect(await bodyOf<Conversation>(ann.get(at(id)))).toMatchObject({ title: null, topic: null })
})

test('ends a running reply: upstream, for its followers, and for good', async () => {
  const log = listen()
  const ann = await as.user()
  const id = await givenConversation(ann)
  const reply = await givenRunningReply(ann, id, 'erased-reply')
  const waiting = proceed(ann, id, turnOf('erased-reply'))
  await ann.post(`${at(id)}/erase`)
  expect(await problemOf(waiting)).toMatchObject(notThere)
  await eventually(async () => (await network.seen('erased-reply'))[0]?.isClosed === true)
  const told = await reply.finish()
  expect(told.map(({ event }) => event)).toEqual(['accepted', 'delta', 'closed'])
  expect(told.at(-1)?.data).toEqual({
    reason: 'erased',
    detail: 'The conversation is erased, and its reply with it.',
  })
  expect(await rowOf(id)).toBeNull()
  await wipeWhenDue(id)
  expect(log.events('reply-finished', id)).toEqual([])
  expect(log.events('duty-failed', id)).toEqual([])
  expect(await storedIn(id)).toEqual({ tables: [], alarm: null })
})

test('a flush on its way brings nothing back', async () => {
  const ann = await as.user()
  const id = await givenConversation(ann)
  const gate = Promise.withResolvers<void>()
  const isSent = Promise.withResolvers<void>()
  await underFaults(id, {
    before: async () => {
      isSent.resolve()
      await gate.promise
    },
  })
  await ann.post(`${at(id)}/messages`, { messages: userMessages(1) })
  await isSent.promise
  const erasing = ann.post(`${at(id)}/erase`)
  await eventually(async () => (await ann.get(at(id))).status === 404)
  gate.resolve()
  expect(await bodyOf<object>(erasing)).toMatchObject({ messages: 1, is_complete: true })
  expect(await rowOf(id)).toBeNull()
})

test('a write that arrives after the erasure is removed too, before the last of it goes', async () => {
  const ann = await as.user()
  const id = crypto.randomUUID()
  await objectOf(id).reconcile(true)
  const { sent } = await underFaults(id)
  await ann.post('/api/conversations', { id, messages: userMessages(1) })
  const first = sent[0] ?? []
  expect(await bodyOf<object>(ann.post(`${at(id)}/erase`))).toMatchObject({ is_complete: true })
  await env.DB.batch(first)
  expect(await rowOf(id)).not.toBeNull()
  await wipeWhenDue(id)
  expect(await rowOf(id)).toBeNull()
  expect(await recordOf(id)).toEqual([])
  expect(await storedIn(id)).toEqual({ tables: [], alarm: null })
})

test('is claimed by nobody, whatever link comes afterwards', async () => {
  const visitor = await aVisitor()
  const id = await givenConversation(visitor.client, { messages: userMessages(1) })
  await inRecord(id, 1)
  await givenCutLink(visitor.id, 'ann')
  await visitor.client.post(`${at(id)}/erase`)
  expect(await objectOf(id).claim('r', visitor.id, 'ann')).toEqual({ isClaimed: false })
  expect(await rowOf(id)).toBeNull()
  const ann = await as.user('ann')
  expect(await problemOf(ann.get(at(id)))).toMatchObject(notThere)
  const linked = await bodyOf<{ linked: number }>(link(ann, { session_token: visitor.token }))
  expect(linked.linked).toBe(0)
})

test('a stream that somebody else reads ends with it', async () => {
  const ann = await as.user()
  const id = await givenConversation(ann)
  const { finish } = await givenRunningReply(ann, id, 'followed-erased')
  const follower = eventsOf(await ann.stream(id, turnOf('followed-erased')))
  await follower.next()
  await ann.post(`${at(id)}/erase`)
  const rest = await restOf(follower)
  expect(rest.filter(({ event }) => event !== 'delta')).toMatchObject([
    { event: 'closed', data: { reason: 'erased' } },
  ])
  await finish()
})
