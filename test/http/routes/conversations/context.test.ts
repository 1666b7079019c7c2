import { expect, test } from 'vitest'
import type * as z from 'zod'

import type { Context } from '../../../../src/contract/context.ts'
import { type Client, append, as, bodyOf } from '../../../support/api.ts'
import { givenConversation, userMessages } from '../../../support/given.ts'
import { network } from '../../../support/network.ts'
import { underSettings } from '../../../support/record.ts'

type ContextBody = z.infer<typeof Context>

const contextOf = (client: Client, id: string, query = '') =>
  bodyOf<ContextBody>(client.get(`/api/conversations/${id}/context${query}`))

/** What is said in a context, text by text: neighbours of one role are one message. */
const wordsOf = ({ messages }: ContextBody): string[] =>
  messages.flatMap(({ content }) => (typeof content === 'string' ? content.split('\n\n') : []))

/** A back end that acts for somebody, who is nobody else's. */
const backend = () => as.service('backend', `user:${crypto.randomUUID()}`)

test('sends the newest twenty messages, the oldest of them first', async () => {
  const ann = await as.user()
  const id = await givenConversation(ann, { messages: userMessages(50) })
  const context = await contextOf(ann, id)
  expect(wordsOf(context)).toEqual(userMessages(20, 31).map(({ content }) => content))
  expect(context).toMatchObject({
    object: 'context',
    conversation_id: id,
    summary_used: false,
    first_seq: 31,
    last_seq: 50,
    message_count: 20,
  })
  expect(context.token_estimate).toBeGreaterThan(20)
})

test('takes as many messages and tokens as it is told to', async () => {
  const ann = await as.user()
  const id = await givenConversation(ann, { messages: userMessages(50) })
  expect(await contextOf(ann, id, '?max_messages=3')).toMatchObject({ first_seq: 48, last_seq: 50 })
  const small = await contextOf(ann, id, '?max_tokens=100')
  expect(small.token_estimate).toBeLessThanOrEqual(100)
  expect(small.last_seq).toBe(50)
  expect(small.message_count).toBeLessThan(20)
  expect(await contextOf(ann, id, '?max_messages=100')).toMatchObject({ first_seq: 1 })
})

test('shows exactly what continue sends', async () => {
  const service = backend()
  const id = await givenConversation(service, {
    messages: [
      { role: 'system', content: 'Answer in rhyme.' },
      ...userMessages(30),
      { role: 'assistant', content: '', tool_calls: [call('a'), call('b')] },
      { role: 'tool', tool_call_id: 'b', content: 'two' },
      { role: 'tool', tool_call_id: 'a', content: 'one' },
      { role: 'user', content: 'And now? #exactly' },
    ],
  })
  await underSettings(id, { SYSTEM_PROMPT: 'You are Hilo.' })
  const { messages } = await contextOf(service, id)
  await service.post(`/api/conversations/${id}/continue`, { messages: [] })
  const [seen] = await network.seen('exactly')
  expect(seen?.body).toMatchObject({ messages })
  expect(messages[0]).toEqual({ role: 'system', content: 'You are Hilo.\n\nAnswer in rhyme.' })
  expect(messages.slice(-5)).toEqual([
    { role: 'assistant', content: '', tool_calls: [call('a'), call('b')] },
    { role: 'tool', tool_call_id: 'a', content: 'one' },
    { role: 'tool', tool_call_id: 'b', content: 'two' },
    // A person never speaks right behind results.
    { role: 'assistant', content: '[Sin respuesta.]' },
    { role: 'user', content: 'And now? #exactly' },
  ])
})

const call = (id: string) => ({
  id,
  type: 'function',
  function: { name: 'look', arguments: '{}' },
})

test('keeps the system messages of a conversation in front, whatever falls out', async () => {
  const service = backend()
  const id = await givenConversation(service, {
    messages: [{ role: 'system', content: 'Be brief.' }, ...userMessages(60)],
  })
  const context = await contextOf(service, id, '?max_messages=2')
  expect(wordsOf(context)).toEqual(['Be brief.', 'message 59', 'message 60'])
  expect(context).toMatchObject({ first_seq: 60, message_count: 3 })
})

test('shows what was asked, however many system messages follow it', async () => {
  const service = backend()
  const id = await givenConversation(service, { messages: userMessages(1) })
  const noise = Array.from({ length: 30 }, (_, index) => ({ role: 'system', content: `${index}` }))
  await append(service, id, noise)
  const context = await contextOf(service, id)
  expect(context.last_seq).toBe(1)
  expect(context.messages.at(-1)).toEqual({ role: 'user', content: 'message 1' })
  expect(wordsOf(context).slice(0, 20)).toEqual(noise.slice(10).map(({ content }) => content))
})

test('takes a call and its results in together or leaves them out together', async () => {
  const service = backend()
  const id = await givenConversation(service, {
    messages: [
      { role: 'user', content: 'before' },
      { role: 'assistant', content: 'Looking.', tool_calls: [call('a'), call('b')] },
      { role: 'tool', tool_call_id: 'a', content: 'one' },
      { role: 'tool', tool_call_id: 'b', content: 'two' },
      ...userMessages(2),
    ],
  })
  const roles = async (limit: number) =>
    (await contextOf(service, id, `?max_messages=${limit}`)).messages.map(({ role }) => role)
  expect(await roles(4)).toEqual(['user'])
  // With them comes what was asked, and an answer stands before a person speaks again.
  expect(await roles(6)).toEqual(['user', 'assistant', 'tool', 'tool', 'assistant', 'user'])
})

test('leaves a half-answered call out, unless it is the end and about to be answered', async () => {
  const service = backend()
  const half = [
    { role: 'user', content: 'look' },
    { role: 'assistant', content: '', tool_calls: [call('a'), call('b')] },
    { role: 'tool', tool_call_id: 'a', content: 'one' },
  ]
  const id = await givenConversation(service, { messages: half })
  expect((await contextOf(service, id)).messages.map(({ role }) => role)).toEqual([
    'user',
    'assistant',
    'tool',
  ])
  await append(service, id, [{ role: 'user', content: 'never mind' }])
  expect((await contextOf(service, id)).messages).toEqual([
    { role: 'user', content: 'look\n\nnever mind' },
  ])
})

test('cuts a message that is larger than the whole budget, with a mark', async () => {
  const ann = await as.user()
  const id = await givenConversation(ann, {
    language: 'en',
    messages: [
      { role: 'user', content: 'a word in time '.repeat(4000) },
      { role: 'user', content: 'short' },
    ],
  })
  const { messages, token_estimate: estimate } = await contextOf(ann, id, '?max_tokens=200')
  expect(messages).toHaveLength(1)
  expect(messages[0]?.content).toMatch(/^a word in time .* \[…text cut\]\n\nshort$/)
  expect(estimate).toBeLessThanOrEqual(200)
  await append(ann, id, [{ role: 'user', content: 'palabras '.repeat(9000) }])
  const newest = await contextOf(ann, id, '?max_tokens=200')
  expect(newest.messages).toHaveLength(1)
  expect(newest.messages[0]?.content).toMatch(/\[…text cut\]$/)
  expect(newest.token_estimate).toBeLessThanOrEqual(200)
})

test('cuts of a group that is too large what is long, and leaves what is short', async () => {
  const service = backend()
  const id = await givenConversation(service, {
    language: 'en',
    messages: [
      { role: 'assistant', content: 'Looking.', tool_calls: [call('a'), call('b')] },
      { role: 'tool', tool_call_id: 'a', content: 'a word in time '.repeat(500) },
      { role: 'tool', tool_call_id: 'b', content: 'short' },
    ],
  })
  const { messages, token_estimate: estimate } = await contextOf(service, id, '?max_tokens=150')
  expect(messages.map(({ content }) => content)).toEqual([
    '[The conversation begins.]',
    'Looking.',
    expect.stringMatching(/^a word in time .* \[…text cut\]$/),
    'short',
  ])
  expect(estimate).toBeLessThanOrEqual(150)
})

test('passes parts along as parts and counts an image at a flat price', async () => {
  const ann = await as.user()
  const parts = [
    { type: 'text', text: 'What is this?' },
    { type: 'image_url', image_url: { url: 'https://app.test/cat.png', detail: 'low' } },
  ]
  const id = await givenConversation(ann, { messages: [{ role: 'user', parts }] })
  const context = await contextOf(ann, id)
  expect(context.messages).toEqual([{ role: 'user', content: parts }])
  expect(context.token_estimate).toBeGreaterThan(1_000)
  const cut = await contextOf(ann, id, '?max_tokens=100')
  expect(cut.messages[0]?.content).toMatch(/^What is this\?.*\[…/)
})

test('is nobody else’s to see', async () => {
  const ann = await as.user()
  const id = await givenConversation(ann)
  const bob = await as.user()
  expect((await bob.get(`/api/conversations/${id}/context`)).status).toBe(404)
  expect((await bob.post(`/api/conversations/${id}/summarize`)).status).toBe(404)
})
