import { expect, test } from 'vitest'

import { type Appended, append, as, bodyOf } from '../../../support/api.ts'
import { givenConversation, userMessages } from '../../../support/given.ts'
import { eventually, recordOf, rowOf } from '../../../support/record.ts'
import { historyOf } from '../../../support/turns.ts'

test('keeps messages in the order of the request and numbers them on', async () => {
  const owner = crypto.randomUUID()
  const ann = await as.user(owner)
  const id = await givenConversation(ann, { messages: userMessages(1) })
  const response = await append(ann, id, userMessages(2, 2))
  expect(response.status).toBe(201)
  const { messages, conversation } = await bodyOf<Appended>(response)
  expect(messages.map(({ id: name, seq, content }) => [name, seq, content])).toEqual([
    ['m2', 2, 'message 2'],
    ['m3', 3, 'message 3'],
  ])
  expect(messages[0]).toEqual({
    id: 'm2',
    object: 'message',
    conversation_id: id,
    seq: 2,
    parent_id: 'm1',
    siblings: ['m2'],
    role: 'user',
    origin: 'client',
    content: 'message 2',
    parts: null,
    tool_calls: null,
    tool_call_id: null,
    status: 'complete',
    finish_reason: null,
    model: null,
    tokens_used: null,
    extra: null,
    created_at: conversation.updated_at,
  })
  expect(conversation).toMatchObject({ id, message_count: 3 })
  expect((await historyOf(ann, id)).slice(1)).toEqual(messages)
})

test('takes a message of tool calls as a provider writes it, without a content', async () => {
  const owner = crypto.randomUUID()
  const id = await givenConversation(await as.user(owner))
  const calls = [{ id: 'c1', type: 'function', function: { name: 'look', arguments: '{}' } }]
  const service = as.service('backend', `user:${owner}`)
  const said = { id: 'm1', role: 'assistant', content: null, tool_calls: calls }
  const first = await append(service, id, [said])
  expect(first.status).toBe(201)
  expect((await bodyOf<Appended>(first)).messages).toMatchObject([
    { content: '', tool_calls: calls },
  ])
  const { content: _, ...same } = said
  expect((await append(service, id, [same])).status).toBe(200)
  const empty = await append(service, id, [{ role: 'user', content: null }])
  expect(await empty.json()).toMatchObject({ errors: [{ pointer: '/messages/0/content' }] })
})

test('leaves no gap and no double when fifty requests arrive at once', async () => {
  const ann = await as.user()
  const id = await givenConversation(ann)
  const responses = await Promise.all(
    Array.from({ length: 50 }, (_, index) => append(ann, id, userMessages(2, 1 + 2 * index))),
  )
  expect(new Set(responses.map(({ status }) => status))).toEqual(new Set([201]))
  const stored = await historyOf(ann, id)
  expect(stored.map(({ seq }) => seq)).toEqual(Array.from({ length: 100 }, (_, index) => index + 1))
  expect(new Set(stored.map((message) => message.id)).size).toBe(100)
  // Two messages of one request stay next to each other.
  const pairs = stored.filter((_, index) => index % 2 === 0).map((message) => message.id.slice(1))
  expect(pairs.every((number) => Number(number) % 2 === 1)).toBe(true)
  await eventually(async () => (await recordOf(id)).length === 100)
  const names = (rows: { seq: number; id: string }[]) => rows.map((row) => [row.seq, row.id])
  expect(names(await recordOf(id))).toEqual(names(stored))
})

test('refuses when the conversation has moved past the number that was expected', async () => {
  const ann = await as.user()
  const id = await givenConversation(ann)
  expect((await append(ann, id, userMessages(1), { expected_seq: 0 })).status).toBe(201)
  expect((await append(ann, id, userMessages(1, 2), { expected_seq: 1 })).status).toBe(201)
  for (const expected of [0, 1, 3]) {
    const refused = await append(ann, id, userMessages(1, 3), { expected_seq: expected })
    expect(refused.status).toBe(409)
    expect(await refused.json()).toMatchObject({ type: '/problems/seq-mismatch', last_seq: 2 })
  }
  expect(await historyOf(ann, id)).toHaveLength(2)
})

test('lets one of many win that expect the same number', async () => {
  const ann = await as.user()
  const id = await givenConversation(ann)
  const responses = await Promise.all(
    Array.from({ length: 8 }, (_, index) =>
      append(ann, id, userMessages(1, index + 1), { expected_seq: 0 }),
    ),
  )
  expect(responses.map(({ status }) => status).filter((status) => status === 201)).toHaveLength(1)
  expect(await historyOf(ann, id)).toHaveLength(1)
})

test('adds up tokens, and says who wrote', async () => {
  const backend = as.service('backend', `user:${crypto.randomUUID()}`)
  const id = await givenConversation(backend)
  const said = {
    role: 'assistant',
    content: 'Hi',
    model: 'theirs',
    tokens_used: 12,
    finish_reason: 'length',
    status: 'interrupted',
  }
  const { messages, conversation } = await bodyOf<Appended>(
    append(backend, id, [said, { ...said, tokens_used: 30 }]),
  )
  expect(messages[0]).toMatchObject({ ...said, origin: 'service' })
  expect(conversation.tokens_used).toBe(42)
  await eventually(async () => (await rowOf(id))?.['tokens_used'] === 42)
})

test('takes a hundred messages in one request, and no more', async () => {
  const ann = await as.user()
  const id = await givenConversation(ann)
  expect((await append(ann, id, userMessages(101))).status).toBe(422)
  expect((await append(ann, id, [])).status).toBe(422)
  expect(await historyOf(ann, id)).toEqual([])
  const { messages } = await bodyOf<Appended>(append(ann, id, userMessages(100)))
  expect(messages.map(({ seq }) => seq)).toEqual(
    Array.from({ length: 100 }, (_, index) => index + 1),
  )
  await eventually(async () => (await recordOf(id)).length === 100)
})
