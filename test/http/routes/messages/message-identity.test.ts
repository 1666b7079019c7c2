import { expect, test } from 'vitest'

import { type Appended, append, as, bodyOf } from '../../../support/api.ts'
import { givenConversation, userMessages } from '../../../support/given.ts'
import { inStorage } from '../../../support/record.ts'
import { historyOf } from '../../../support/turns.ts'

test('stores the same request once when it arrives ten times at once', async () => {
  const ann = await as.user()
  const id = await givenConversation(ann)
  const responses = await Promise.all(
    Array.from({ length: 10 }, () => append(ann, id, userMessages(3))),
  )
  const statuses = responses.map(({ status }) => status)
  expect(statuses.toSorted((a, b) => a - b)).toEqual([...Array.from({ length: 9 }, () => 200), 201])
  const answers = await Promise.all(responses.map((response) => bodyOf<Appended>(response)))
  for (const { messages } of answers) expect(messages).toEqual(answers[0]?.messages)
  expect(await historyOf(ann, id)).toEqual(answers[0]?.messages)
})

test('answers a retry with what is stored, and writes nothing for it', async () => {
  const ann = await as.user()
  const id = await givenConversation(ann)
  const first = await bodyOf<Appended>(append(ann, id, userMessages(2)))
  await append(ann, id, userMessages(1, 3))
  const [before] = await inStorage(id, 'SELECT version, updated_at FROM conversation')
  // The number that it expected has passed by now: identity is looked at first.
  const again = await append(ann, id, userMessages(2), { expected_seq: 0 })
  expect(again.status).toBe(200)
  const { messages, conversation } = await bodyOf<Appended>(again)
  expect(messages).toEqual(first.messages)
  expect(conversation.message_count).toBe(3)
  expect(await inStorage(id, 'SELECT version, updated_at FROM conversation')).toEqual([before])
})

test('keeps only what is new of a request that was stored in part', async () => {
  const ann = await as.user()
  const id = await givenConversation(ann)
  await append(ann, id, userMessages(2))
  const mixed = await append(ann, id, [
    ...userMessages(1, 3),
    ...userMessages(2),
    ...userMessages(1, 4),
  ])
  expect(mixed.status).toBe(201)
  const { messages } = await bodyOf<Appended>(mixed)
  expect(messages.map((message) => [message.id, message.seq])).toEqual([
    ['m3', 3],
    ['m1', 1],
    ['m2', 2],
    ['m4', 4],
  ])
  expect((await historyOf(ann, id)).map((message) => message.id)).toEqual(['m1', 'm2', 'm3', 'm4'])
})

test('keeps a message once that a request names twice', async () => {
  const ann = await as.user()
  const id = await givenConversation(ann)
  const { messages } = await bodyOf<Appended>(
    append(ann, id, [...userMessages(1), ...userMessages(1)]),
  )
  expect(messages.map(({ seq }) => seq)).toEqual([1, 1])
  expect(await historyOf(ann, id)).toHaveLength(1)
})

test('stores nothing of a request in which a known id has other words', async () => {
  const ann = await as.user()
  const id = await givenConversation(ann)
  await append(ann, id, userMessages(1))
  const other = { id: 'm1', role: 'user', content: 'other words' }
  const refused = await append(ann, id, [...userMessages(1, 2), other])
  expect(refused.status).toBe(409)
  expect(await refused.json()).toMatchObject({
    type: '/problems/message-id-taken',
    errors: [{ pointer: '/messages/1/id' }],
  })
  const twice = await append(ann, id, [...userMessages(1, 2), { ...other, id: 'm2' }])
  expect(twice.status).toBe(409)
  expect((await historyOf(ann, id)).map(({ content }) => content)).toEqual(['message 1'])
})

test.for([
  ['role', { role: 'system' }],
  ['parts', { parts: [{ type: 'text', text: 'message 1' }] }],
  ['tokens_used', { tokens_used: 3 }],
  ['model', { model: 'other' }],
] as const)('takes another %s for another message', async ([, change]) => {
  const backend = as.service('backend', `user:${crypto.randomUUID()}`)
  const id = await givenConversation(backend)
  const [message] = userMessages(1)
  await append(backend, id, [message!])
  expect((await append(backend, id, [message!])).status).toBe(200)
  expect((await append(backend, id, [{ ...message, ...change }])).status).toBe(409)
})

test('takes explicit nulls for omitted fields when it compares a retry', async () => {
  const ann = await as.user()
  const id = await givenConversation(ann)
  const parts = [{ type: 'image_url', image_url: { url: 'https://x.test/a.png', detail: 'low' } }]
  await append(ann, id, [{ id: 'a', role: 'user', parts }])
  const turned = [{ image_url: { detail: 'low', url: 'https://x.test/a.png' }, type: 'image_url' }]
  const again = { parts: turned, tool_calls: null, content: '', role: 'user', id: 'a' }
  expect((await append(ann, id, [again])).status).toBe(200)
})

test('gives names to messages that come without', async () => {
  const ann = await as.user()
  const id = await givenConversation(ann)
  const nameless = { role: 'user', content: 'Same words' }
  await append(ann, id, [nameless, nameless])
  await append(ann, id, [nameless])
  const stored = await historyOf(ann, id)
  expect(new Set(stored.map((message) => message.id)).size).toBe(3)
  for (const message of stored) expect(message.id).toMatch(/^[\da-f-]{36}$/)
})
