import { expect, test } from 'vitest'

import { type ContinueAnswer, append, as, bodyOf } from '../../../support/api.ts'
import { allEvents, textOf } from '../../../support/events.ts'
import { givenConversation } from '../../../support/given.ts'
import { network } from '../../../support/network.ts'
import { problemOf } from '../../../support/problems.ts'
import { answered, givenRunningReply, historyOf, proceed, turnOf } from '../../../support/turns.ts'

test.each([2, 10])('joins the running reply, %i at once, each from its start', async (count) => {
  const key = `retry-join-${count}`
  const ann = await as.user()
  const id = await givenConversation(ann)
  const { replyId, finish } = await givenRunningReply(ann, id, key)
  const joiners = Array.from({ length: count }, () => ann.stream(id, turnOf(key)))
  // Whoever has an answer before the gate opens has joined.
  const joined = (await Promise.all(joiners)).map(allEvents)
  const first = await finish()
  const [, reply] = await historyOf(ann, id)
  for (const events of await Promise.all(joined)) {
    expect(textOf(events)).toBe('One two')
    expect(events[0]).toEqual(first[0])
    expect(events.at(-1)).toEqual(first.at(-1))
    expect(events.at(-1)).toMatchObject({
      id: `${replyId}:7`,
      event: 'completed',
      data: { message: reply },
    })
  }
  expect(await network.seen(key)).toHaveLength(1)
})

test('joins the running reply also for one JSON answer', async () => {
  const ann = await as.user()
  const id = await givenConversation(ann)
  const { replyId, finish } = await givenRunningReply(ann, id, 'retry-join-json')
  const joining = answered(ann, id, turnOf('retry-join-json'))
  await finish()
  expect((await joining).message).toMatchObject({ id: replyId, content: 'One two' })
  expect(await network.seen('retry-join-json')).toHaveLength(1)
})

test('gets the finished reply, told like one that is followed to its end', async () => {
  const ann = await as.user()
  const id = await givenConversation(ann)
  const { replyId, finish } = await givenRunningReply(ann, id, 'retry-told')
  const first = await finish()
  const again = await allEvents(await ann.stream(id, turnOf('retry-told')))
  expect(again.map(({ event }) => event)).toEqual(['accepted', 'delta', 'completed'])
  expect(again.map((event) => event.id)).toEqual([0, 7, 7].map((at) => `${replyId}:${at}`))
  expect(again[0]).toEqual(first[0])
  expect(again.at(-1)).toEqual(first.at(-1))
  expect(await network.seen('retry-told')).toHaveLength(1)
})

test('gets the same JSON answer as the first time', async () => {
  const ann = await as.user()
  const id = await givenConversation(ann)
  const first = await answered(ann, id, turnOf('retry-same'))
  expect(await answered(ann, id, turnOf('retry-same'))).toEqual(first)
  expect(await network.seen('retry-same')).toHaveLength(1)
})

test('finds the reply right after its messages, whatever came later', async () => {
  const ann = await as.user()
  const id = await givenConversation(ann)
  const first = await answered(ann, id, turnOf('retry-later', 'q1'))
  await answered(ann, id, turnOf('retry-later', 'q2'))
  const again = await answered(ann, id, turnOf('retry-later', 'q1'))
  expect(again).toMatchObject({ message: first.message, accepted: first.accepted })
  expect(again.conversation.message_count).toBe(4)
})

test('gets the interrupted reply, and does not ask again', async () => {
  await network.script('retry-cut', [{ text: 'Half of' }, { cut: true }])
  const ann = await as.user()
  const id = await givenConversation(ann)
  const { message } = await answered(ann, id, turnOf('retry-cut'))
  expect(message).toMatchObject({ status: 'interrupted', content: 'Half of' })
  const again = await answered(ann, id, turnOf('retry-cut'))
  expect(again.message).toEqual(message)
  const [accepted, delta, end] = await allEvents(await ann.stream(id, turnOf('retry-cut')))
  expect([accepted?.event, delta?.event, end?.event]).toEqual(['accepted', 'delta', 'interrupted'])
  expect(end?.data).toEqual({ message, reason: 'ended-before' })
  expect(await network.seen('retry-cut')).toHaveLength(1)
})

test('asks the model again when the last attempt failed, and stores its message once', async () => {
  await network.script(
    'retry-failed',
    [{ status: 400 }],
    [{ status: 401 }],
    [{ text: 'At last' }, { finish: 'stop' }],
  )
  const ann = await as.user()
  const id = await givenConversation(ann)
  const turn = turnOf('retry-failed')
  expect((await proceed(ann, id, turn)).status).toBe(502)
  expect((await proceed(ann, id, turn)).status).toBe(502)
  expect((await answered(ann, id, turn)).message.content).toBe('At last')
  expect(await historyOf(ann, id)).toMatchObject([
    { id: 'q', seq: 1 },
    { content: 'At last', seq: 2 },
  ])
})

test('is refused when the conversation has moved on, and writes nothing', async () => {
  await network.script('retry-moved', [{ status: 400 }])
  const ann = await as.user()
  const id = await givenConversation(ann)
  await proceed(ann, id, turnOf('retry-moved'))
  await append(ann, id, [{ id: 'later', role: 'user', content: 'Never mind' }])
  const problem = await problemOf(proceed(ann, id, turnOf('retry-moved')))
  expect(problem).toMatchObject({
    type: '/problems/moved-on',
    status: 409,
    stored: ['q'],
    last_seq: 2,
  })
  expect((await historyOf(ann, id)).map((message) => message.id)).toEqual(['q', 'later'])
  expect(await network.seen('retry-moved')).toHaveLength(1)
})

test('keeps only what is new when a part is stored already', async () => {
  const ann = await as.user()
  const id = await givenConversation(ann)
  const known = { id: 'known', role: 'user', content: 'First' }
  await append(ann, id, [known])
  const [fresh] = turnOf('retry-part', 'fresh').messages
  const { accepted, message } = await answered(ann, id, { messages: [known, fresh] })
  expect(accepted).toMatchObject([
    { id: 'known', seq: 1 },
    { id: 'fresh', seq: 2 },
  ])
  expect(message.seq).toBe(3)
  expect(await historyOf(ann, id)).toEqual([...accepted, message])
})

test('is refused when one of its messages says something else, and writes nothing', async () => {
  const ann = await as.user()
  const id = await givenConversation(ann)
  await answered(ann, id, turnOf('retry-other'))
  const other = { id: 'q', role: 'user', content: 'Something else #retry-other' }
  const body = { messages: [...turnOf('retry-other', 'new').messages, other] }
  expect(await problemOf(proceed(ann, id, body))).toMatchObject({
    type: '/problems/message-id-taken',
    errors: [{ pointer: '/messages/1/id' }],
  })
  expect(await historyOf(ann, id)).toHaveLength(2)
  expect(await network.seen('retry-other')).toHaveLength(1)
})

test('makes one call and one reply of the same request sent ten times at once', async () => {
  const ann = await as.user()
  const id = await givenConversation(ann)
  const responses = await Promise.all(
    Array.from({ length: 10 }, () => proceed(ann, id, turnOf('retry-ten'))),
  )
  expect(responses.map(({ status }) => status)).toEqual(Array(10).fill(200))
  const answers = await Promise.all(responses.map((response) => bodyOf<ContinueAnswer>(response)))
  const [question, reply] = await historyOf(ann, id)
  for (const answer of answers) {
    expect(answer).toMatchObject({ accepted: [question], message: reply })
    expect(answer.conversation.message_count).toBe(2)
  }
  expect(await network.seen('retry-ten')).toHaveLength(1)
})
