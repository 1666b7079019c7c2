import { abortAllDurableObjects } from 'cloudflare:test'
import { expect, test } from 'vitest'

import { type Conversation, type Message, as, bodyOf } from '../../../support/api.ts'
import { allEvents, eventsOf } from '../../../support/events.ts'
import { givenConversation } from '../../../support/given.ts'
import { network } from '../../../support/network.ts'
import { problemOf } from '../../../support/problems.ts'
import { eventually, inRecord, inStorage, recordOf } from '../../../support/record.ts'
import { listen } from '../../../support/said.ts'
import { joinReply, stopReply } from '../../../support/streams.ts'
import { hurry } from '../../../support/time.ts'
import { answered, givenRunningReply, historyOf, proceed, turnOf } from '../../../support/turns.ts'

type Stopped = { message: Message | null; conversation: Conversation }

const stop = async (...args: Parameters<typeof stopReply>) => {
  const response = await stopReply(...args)
  expect(response.status).toBe(200)
  return bodyOf<Stopped>(response)
}

test('a stopped reply keeps its text so far; upstream and followers end', async () => {
  const log = listen()
  const ann = await as.user()
  const id = await givenConversation(ann)
  const { replyId, finish } = await givenRunningReply(ann, id, 'stop-midway')
  const joined = allEvents(await joinReply(ann, id))
  const { message, conversation } = await stop(ann, id)
  expect(message).toMatchObject({
    id: replyId,
    seq: 2,
    role: 'assistant',
    origin: 'model',
    content: 'One',
    status: 'interrupted',
    finish_reason: null,
  })
  expect(conversation).toMatchObject({ id, message_count: 2 })
  // No gate is opened: the provider has nothing more to say that could end its connection.
  await eventually(async () => (await network.seen('stop-midway'))[0]?.isClosed === true)
  const told = await joined
  expect(told.at(-1)).toMatchObject({ event: 'interrupted', data: { message, reason: 'stopped' } })
  expect((await finish()).at(-1)).toEqual(told.at(-1))
  expect(await historyOf(ann, id)).toEqual([expect.objectContaining({ id: 'q' }), message])
  await inRecord(id, 2)
  expect((await recordOf(id)).map((row) => row.content)).toEqual(['Hello #stop-midway', 'One'])
  expect(log.events('reply-finished', id)).toMatchObject([
    { outcome: 'interrupted', reason: 'stopped', reply_id: replyId, model: 'test-model' },
  ])
})

test('nothing is kept of a reply that has said nothing yet, and the same request asks the model again', async () => {
  const log = listen()
  await network.script('stop-mute', [{ hang: true }], [{ text: 'Anew' }, { finish: 'stop' }])
  const ann = await as.user()
  const id = await givenConversation(ann)
  const waiting = proceed(ann, id, turnOf('stop-mute'))
  await eventually(async () => (await network.seen('stop-mute')).length === 1)
  const events = allEvents(await joinReply(ann, id))
  const { message, conversation } = await stop(ann, id)
  expect([message, conversation.message_count]).toEqual([null, 1])
  expect(await problemOf(waiting)).toMatchObject({
    type: '/problems/reply-stopped',
    status: 409,
    stored: ['q'],
  })
  expect((await events).map(({ event, data }) => [event, event === 'accepted' || data])).toEqual([
    ['accepted', true],
    ['interrupted', { message: null, reason: 'stopped' }],
  ])
  await eventually(async () => (await network.seen('stop-mute'))[0]?.isClosed === true)
  await inRecord(id, 1)
  expect(log.events('reply-finished', id)).toMatchObject([
    { outcome: 'interrupted', reason: 'stopped', tokens_used: null },
  ])
  const again = await answered(ann, id, turnOf('stop-mute'))
  expect(again.message).toMatchObject({ seq: 2, content: 'Anew', status: 'complete' })
})

test('to stop what has just ended is no error', async () => {
  const ann = await as.user()
  const id = await givenConversation(ann)
  expect(await stop(ann, id)).toMatchObject({ message: null, conversation: { message_count: 0 } })
  const { message } = await answered(ann, id, turnOf('stop-ended'))
  expect((await stop(ann, id)).message).toEqual(message)
  expect((await stop(ann, id, { reply_id: message.id })).message).toEqual(message)
  expect((await stop(ann, id)).message).toEqual(message)
  // The last message is a person's: no reply has just ended.
  await ann.post(`/api/conversations/${id}/messages`, turnOf('x', 'q2'))
  expect((await stop(ann, id)).message).toBeNull()
  expect((await stop(ann, id, { reply_id: message.id })).message).toEqual(message)
  expect((await stop(ann, id, { reply_id: 'q' })).message).toBeNull()
})

test('without a body it stops whatever runs', async () => {
  const ann = await as.user()
  const id = await givenConversation(ann)
  const { finish } = await givenRunningReply(ann, id, 'stop-bodiless')
  const response = await ann.post(`/api/conversations/${id}/stop`)
  expect(await response.json()).toMatchObject({ message: { content: 'One' } })
  await finish()
})

test('a reply that is not the one that is named goes on', async () => {
  const ann = await as.user()
  const id = await givenConversation(ann)
  const before = await answered(ann, id, turnOf('stop-before', 'q1'))
  const { finish } = await givenRunningReply(ann, id, 'stop-next', turnOf('stop-next', 'q2'))
  expect((await stop(ann, id, { reply_id: before.message.id })).message).toEqual(before.message)
  expect((await stop(ann, id, { reply_id: crypto.randomUUID() })).message).toBeNull()
  expect((await finish()).at(-1)?.event).toBe('completed')
  expect((await historyOf(ann, id))[3]).toMatchObject({ content: 'One two', status: 'complete' })
})

test('many who stop it at once, and the model that ends it just then, make one end of it', async () => {
  const ann = await as.user()
  for (let round = 0; round < 5; round += 1) {
    const id = await givenConversation(ann)
    const { replyId, finish } = await givenRunningReply(ann, id, `stop-race-${round}`)
    const [finished, ...stopped] = await Promise.all([
      finish(),
      ...Array.from({ length: 5 }, () => stop(ann, id, { reply_id: replyId })),
    ])
    const [, reply, ...more] = await historyOf(ann, id)
    expect(more).toEqual([])
    for (const { message } of stopped) expect(message).toEqual(reply)
    expect(finished.at(-1)?.data['message']).toEqual(reply)
  }
})

test('what the model says after it was stopped goes nowhere, and the next reply is its own', async () => {
  await network.script('stop-late', [
    { text: 'One' },
    { gate: 'stop-late' },
    { text: ' two' },
    { finish: 'stop' },
  ])
  const ann = await as.user()
  const id = await givenConversation(ann)
  const events = eventsOf(await ann.stream(id, turnOf('stop-late')))
  await events.next()
  await events.next()
  await stop(ann, id)
  const { finish } = await givenRunningReply(ann, id, 'stop-after', turnOf('stop-after', 'q2'))
  await network.open('stop-late')
  // Long enough for the one that was stopped to settle a second time, if it did.
  await scheduler.wait(100)
  expect((await finish()).at(-1)?.event).toBe('completed')
  expect((await historyOf(ann, id)).map(({ content, status }) => [content, status])).toEqual([
    ['Hello #stop-late', 'complete'],
    ['One', 'interrupted'],
    ['Hello #stop-after', 'complete'],
    ['One two', 'complete'],
  ])
})

test('what is written down of a reply that was stopped is not taken for the next one’s', async () => {
  // A checkpoint each 50 ms.
  hurry(20)
  await network.script('stop-written', [{ text: 'First' }, { hang: true }])
  await network.script('stop-silent', [{ hang: true }])
  const ann = await as.user()
  const id = await givenConversation(ann)
  const events = eventsOf(await ann.stream(id, turnOf('stop-written')))
  await events.next()
  await events.next()
  await stop(ann, id)
  const next = ann.stream(id, turnOf('stop-silent', 'q2'))
  await eventually(async () => (await network.seen('stop-silent')).length === 1)
  await scheduler.wait(3_000)
  expect(await inStorage(id, 'SELECT text FROM reply')).toEqual([])
  await stop(ann, id)
  await (await next).text()
})

test('a stop is as durable as any message', async () => {
  const ann = await as.user()
  const id = await givenConversation(ann)
  await givenRunningReply(ann, id, 'stop-durable')
  const { message } = await stop(ann, id)
  await abortAllDurableObjects()
  expect((await historyOf(ann, id))[1]).toEqual(message)
  expect((await joinReply(ann, id)).status).toBe(204)
})

test('the stop of something else than a reply is refused', async () => {
  const ann = await as.user()
  const id = await givenConversation(ann)
  expect(await problemOf(stopReply(ann, id, { reply_id: 'not an id' }))).toMatchObject({
    status: 422,
  })
  expect(await problemOf(stopReply(ann, id, { other: true }))).toMatchObject({ status: 422 })
})
