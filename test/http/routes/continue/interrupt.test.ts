import { abortAllDurableObjects } from 'cloudflare:test'
import { expect, test } from 'vitest'

import { type Appended, type Client, as, bodyOf, read } from '../../../support/api.ts'
import { allEvents } from '../../../support/events.ts'
import { givenConversation } from '../../../support/given.ts'
import { network } from '../../../support/network.ts'
import { problemOf } from '../../../support/problems.ts'
import { promptOf } from '../../../support/questions.ts'
import { eventually, inRecord, recordOf, underSettings } from '../../../support/record.ts'
import { answered, givenRunningReply, historyOf, proceed, turnOf } from '../../../support/turns.ts'

const interrupting = { on_busy: 'interrupt' }

const append = (client: Client, id: string, body: object) =>
  client.post(`/api/conversations/${id}/messages`, { ...interrupting, ...body })

const said = async (client: Client, id: string) =>
  (await historyOf(client, id)).map(({ seq, content, status }) => [seq, content, status])

test('to continue stops the running reply and keeps it first, then the new one runs', async () => {
  const ann = await as.user()
  const id = await givenConversation(ann)
  const { replyId, finish } = await givenRunningReply(ann, id, 'int-first')
  const second = { ...turnOf('int-second', 'q2'), ...interrupting }
  const { message, accepted } = await answered(ann, id, second)
  expect(accepted).toMatchObject([{ id: 'q2', seq: 3 }])
  expect(message).toMatchObject({ seq: 4, content: 'Hello there', status: 'complete' })
  expect(await said(ann, id)).toEqual([
    [1, 'Hello #int-first', 'complete'],
    [2, 'One', 'interrupted'],
    [3, 'Hello #int-second', 'complete'],
    [4, 'Hello there', 'complete'],
  ])
  // The new one knows how far the other got.
  const [seen] = await network.seen('int-second')
  expect(promptOf(seen).map(({ role, content }) => [role, content])).toEqual([
    ['user', 'Hello #int-first'],
    ['assistant', 'One'],
    ['user', 'Hello #int-second'],
  ])
  const [first] = await network.seen('int-first')
  expect(first?.isClosed).toBe(true)
  expect((await finish()).at(-1)).toMatchObject({
    event: 'interrupted',
    data: { message: { id: replyId, seq: 2 }, reason: 'stopped' },
  })
  await inRecord(id, 4)
  expect((await recordOf(id)).map(({ seq }) => seq)).toEqual([1, 2, 3, 4])
})

test('to append does so too, and leaves it at that', async () => {
  const ann = await as.user()
  const id = await givenConversation(ann)
  const { finish } = await givenRunningReply(ann, id, 'int-append')
  const response = await append(ann, id, turnOf('int-append', 'q2'))
  expect(response.status).toBe(201)
  const { messages, conversation } = await bodyOf<Appended>(response)
  expect(messages).toMatchObject([{ id: 'q2', seq: 3 }])
  expect(conversation.message_count).toBe(3)
  expect((await finish()).at(-1)?.event).toBe('interrupted')
  await abortAllDurableObjects()
  expect((await said(ann, id)).map(([, content]) => content)).toEqual([
    'Hello #int-append',
    'One',
    'Hello #int-append',
  ])
  expect(await network.seen('int-append')).toHaveLength(1)
})

test('when no reply runs nothing is interrupted', async () => {
  const ann = await as.user()
  const id = await givenConversation(ann)
  expect((await append(ann, id, turnOf('int-idle', 'q1'))).status).toBe(201)
  const { message } = await answered(ann, id, { ...turnOf('int-idle', 'q2'), ...interrupting })
  expect(message).toMatchObject({ seq: 3, status: 'complete' })
})

test('of a reply that has said nothing nothing is kept', async () => {
  await network.script('int-mute', [{ hang: true }])
  const ann = await as.user()
  const id = await givenConversation(ann)
  const events = allEvents(await ann.stream(id, turnOf('int-mute')))
  await eventually(async () => (await network.seen('int-mute')).length === 1)
  const { message } = await answered(ann, id, { ...turnOf('int-spoken', 'q2'), ...interrupting })
  expect(message.seq).toBe(3)
  expect((await events).at(-1)?.data).toEqual({ message: null, reason: 'stopped' })
  expect((await said(ann, id)).map(([seq]) => seq)).toEqual([1, 2, 3])
  // Its request finds that the conversation has moved on.
  expect(await problemOf(proceed(ann, id, turnOf('int-mute')))).toMatchObject({
    type: '/problems/moved-on',
  })
})

test('a request that interrupted joins its own reply when it is sent again', async () => {
  const ann = await as.user()
  const id = await givenConversation(ann)
  const one = await givenRunningReply(ann, id, 'int-before')
  const body = { ...turnOf('int-again', 'q2'), ...interrupting }
  const two = await givenRunningReply(ann, id, 'int-again', body)
  expect((await one.finish()).at(-1)?.event).toBe('interrupted')
  const again = allEvents(await ann.stream(id, body))
  expect((await append(ann, id, turnOf('int-again', 'q2'))).status).toBe(200)
  const events = await two.finish()
  expect((await again).at(-1)).toEqual(events.at(-1))
  expect(events.at(-1)).toMatchObject({
    event: 'completed',
    data: { message: { id: two.replyId } },
  })
  expect(await network.seen('int-again')).toHaveLength(1)
  // And so does an empty one, which has nothing to interrupt for.
  const third = await givenRunningReply(ann, id, 'int-third', turnOf('int-third', 'q3'))
  const joined = allEvents(await ann.stream(id, { messages: [], ...interrupting }))
  const told = await third.finish()
  expect((await joined).at(-1)).toEqual(told.at(-1))
})

test('what is refused anyway interrupts nothing', async () => {
  const ann = await as.user()
  const id = await givenConversation(ann)
  const { replyId, finish } = await givenRunningReply(ann, id, 'int-refused')
  const fresh = turnOf('int-refused', 'q2')
  const other = { id: 'q', role: 'user', content: 'Something else' }
  const lone = { id: 't', role: 'tool', tool_call_id: 'none', content: 'x' }
  const backend = as.service('backend', `user:${(await read(ann, id)).user_id}`)
  const refused: [body: object, type: string][] = [
    [{ messages: [other] }, 'message-id-taken'],
    [{ messages: [lone] }, 'invalid-request'],
    [{ ...fresh, model: 'another' }, 'not-permitted'],
    [{ ...fresh, on_busy: 'wait' }, 'invalid-request'],
    [{ ...fresh, on_busy: 'reject' }, 'conversation-busy'],
  ]
  for (const [body, type] of refused) {
    const problem = await problemOf(proceed(ann, id, { ...interrupting, ...body }))
    expect(problem.type).toBe(`/problems/${type}`)
  }
  const words = [{ id: 'a', role: 'assistant', content: 'Mine' }]
  const unanswerable = { messages: words, ...interrupting }
  expect(await problemOf(proceed(backend, id, unanswerable))).toMatchObject({
    type: '/problems/nothing-to-answer',
  })
  expect(await problemOf(append(ann, id, { messages: [other] }))).toMatchObject({ status: 409 })
  expect(await problemOf(append(ann, id, { messages: [lone] }))).toMatchObject({ status: 422 })
  expect(await problemOf(append(ann, id, { ...fresh, expected_seq: 2 }))).toMatchObject({
    type: '/problems/seq-mismatch',
    last_seq: 1,
  })
  await underSettings(id, { MODEL_PROVIDER: 'none' } as Partial<Env>)
  expect(await problemOf(proceed(ann, id, { ...fresh, ...interrupting }))).toMatchObject({
    type: '/problems/no-model',
  })
  const events = await finish()
  expect(events.at(-1)).toMatchObject({ event: 'completed', data: { message: { id: replyId } } })
  expect((await said(ann, id)).map(([seq]) => seq)).toEqual([1, 2])
})

test('expected_seq is the last message before the one that is interrupted', async () => {
  const ann = await as.user()
  const id = await givenConversation(ann)
  const { finish } = await givenRunningReply(ann, id, 'int-seq')
  const response = await append(ann, id, { ...turnOf('int-seq', 'q2'), expected_seq: 1 })
  expect(response.status).toBe(201)
  expect((await bodyOf<Appended>(response)).messages).toMatchObject([{ seq: 3 }])
  await finish()
})

test('many who interrupt at once leave every message in its place, and one reply runs', async () => {
  const ann = await as.user()
  const id = await givenConversation(ann)
  const { finish } = await givenRunningReply(ann, id, 'int-many', turnOf('int-many', 'first'))
  const all = await Promise.all(
    Array.from({ length: 10 }, (_, index) =>
      proceed(ann, id, { ...turnOf(`int-many-${index}`, `q${index}`), ...interrupting }),
    ),
  )
  for (const response of all) expect([200, 409]).toContain(response.status)
  await finish()
  const messages = await historyOf(ann, id)
  expect(messages.map(({ seq }) => seq)).toEqual(messages.map((_, index) => index + 1))
  const asked = messages.filter(({ role }) => role === 'user').map((message) => message.id)
  expect(asked.toSorted()).toEqual(
    ['first', ...Array.from({ length: 10 }, (_, i) => `q${i}`)].toSorted(),
  )
  expect(messages.at(-1)).toMatchObject({ role: 'assistant', status: 'complete' })
  await inRecord(id, messages.length)
})
