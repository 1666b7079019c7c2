import { expect, test } from 'vitest'

import { as } from '../../support/api.ts'
import { importing, importingOne, lineOf } from '../../support/importing.ts'
import { conversation, node, text } from '../samples/chatgpt.ts'

const ann = await as.user()
const one = (...nodes: ReturnType<typeof node>[]) => [conversation(crypto.randomUUID(), nodes)]

test('takes in what was said, when, and by which model', async () => {
  const { conversation: made, messages } = await importingOne(
    ann,
    one(
      node('q', { content: text('Where shall we go?') }),
      node('a', {
        role: 'assistant',
        content: text('To Lima 🦙.'),
        more: {
          create_time: 1_700_000_060,
          metadata: { model_slug: 'gpt-5-thinking', finish_details: { type: 'stop' } },
        },
      }),
    ),
  )
  expect(made).toMatchObject({
    title: 'A trip',
    language: 'es',
    is_active: true,
    message_count: 2,
    created_at: '2023-11-14T22:13:20.500Z',
    updated_at: '2023-11-14T22:23:20.750Z',
  })
  expect(messages).toMatchObject([
    {
      id: 'q',
      seq: 1,
      role: 'user',
      origin: 'import',
      content: 'Where shall we go?',
      model: null,
      created_at: '2023-11-14T22:13:20.123Z',
    },
    {
      id: 'a',
      seq: 2,
      role: 'assistant',
      origin: 'import',
      content: 'To Lima 🦙.',
      model: 'gpt-5-thinking',
      finish_reason: 'stop',
      created_at: '2023-11-14T22:14:20.000Z',
    },
  ])
})

test('makes the current path the conversation, and keeps the others beside it', async () => {
  const { messages, extra } = await importingOne(
    ann,
    one(
      node('q'),
      node('first answer', { role: 'assistant' }),
      node('a', { role: 'assistant', parent: 'q' }),
      node('more', {}),
    ),
  )
  expect(messages.map(lineOf)).toEqual(['user: q', 'assistant: a', 'user: more'])
  expect(extra).toMatchObject({ branches: [{ id: 'first answer', parent: 'q' }] })
  expect(extra?.['branches']).toHaveLength(1)
})

test('a call of a tool and what it brought are what they are', async () => {
  const code = { content_type: 'code', language: 'unknown', text: 'print(1)' }
  const { messages, extra } = await importingOne(
    ann,
    one(
      node('q'),
      node('call', { role: 'assistant', content: code, more: { recipient: 'python' } }),
      node('out', {
        role: 'tool',
        content: { content_type: 'execution_output', text: '1' },
        more: { author: { role: 'tool', name: 'python', metadata: {} } },
      }),
      node('quote', {
        role: 'tool',
        content: {
          content_type: 'tether_quote',
          title: 'Lima',
          url: 'https://lima.test',
          text: 'x',
        },
      }),
      node('search', {
        role: 'assistant',
        content: text('{"q":"Lima"}'),
        more: { recipient: 'web', end_turn: false },
      }),
    ),
  )
  expect(messages).toMatchObject([
    { id: 'q' },
    {
      role: 'assistant',
      content: '',
      tool_calls: [{ id: 'call', function: { name: 'python', arguments: '{"input":"print(1)"}' } }],
    },
    { role: 'tool', tool_call_id: 'call', content: '1' },
    { role: 'tool', tool_call_id: 'call', content: 'Lima\nhttps://lima.test\nx' },
    { tool_calls: [{ id: 'search', function: { name: 'web', arguments: '{"q":"Lima"}' } }] },
  ])
  expect(extra).toMatchObject({
    messages: { call: { content: code, recipient: 'python' }, out: { author: { name: 'python' } } },
  })
})

test('what the model thought is kept beside the message it led to', async () => {
  const thoughts = { content_type: 'thoughts', thoughts: [{ summary: 'Hm', content: 'Lima?' }] }
  const recap = { content_type: 'reasoning_recap', content: 'Thought for 3 s' }
  const { messages, extra } = await importingOne(
    ann,
    one(
      node('q'),
      node('t', { role: 'assistant', content: thoughts }),
      node('r', { role: 'assistant', content: recap }),
      node('a', { role: 'assistant' }),
      node('late', { role: 'assistant', content: thoughts }),
    ),
  )
  expect(messages.map(({ id }) => id)).toEqual(['q', 'a'])
  expect(extra).toMatchObject({
    reasoning: {
      a: [
        { id: 't', content: thoughts },
        { id: 'r', content: recap },
        { id: 'late', content: thoughts },
      ],
    },
  })
})

test('shows pictures and what it does not know by their names, and keeps them', async () => {
  const image = { content_type: 'image_asset_pointer', asset_pointer: 'file-service://f', width: 1 }
  const audio = { content_type: 'audio_asset_pointer', asset_pointer: 'sediment://f' }
  const spoken = { content_type: 'audio_transcription', text: 'I say', direction: 'in' }
  const mixed = { content_type: 'multimodal_text', parts: [image, 'What is it?'] }
  const { messages, extra } = await importingOne(
    ann,
    one(
      node('both', { content: mixed }),
      node('image', { content: { content_type: 'multimodal_text', parts: [image] } }),
      node('audio', { content: { content_type: 'multimodal_text', parts: [audio] } }),
      node('spoken', { content: { content_type: 'multimodal_text', parts: [spoken, audio] } }),
      node('odd', { role: 'assistant', content: { content_type: 'hologram', pixels: [1] } }),
      node('new', { role: 'assistant', content: { content_type: 'hologram', text: 'I float' } }),
      node('none', { content: { content_type: 'multimodal_text', parts: [{ width: 2 }] } }),
    ),
  )
  expect(messages.map(({ content }) => content)).toEqual([
    'What is it?',
    '[image]',
    '[audio]',
    'I say',
    '[hologram]',
    'I float',
    '[multimodal_text]',
  ])
  expect(extra).toMatchObject({
    messages: { both: { content: mixed }, odd: { content: { pixels: [1] } } },
  })
})

test('instructions are shown as the system’s, and what is empty is not shown', async () => {
  const instructions = {
    content_type: 'user_editable_context',
    user_profile: 'I am Ann',
    user_instructions: 'Be brief',
  }
  const { messages, extra } = await importingOne(
    ann,
    one(
      node('empty', { role: 'system', content: text('') }),
      node('i', { content: instructions }),
      node('m', {
        role: 'assistant',
        content: { content_type: 'model_editable_context', model_set_context: '' },
      }),
      node('odd', { role: 'critic', content: text('No') }),
      node('q'),
    ),
  )
  expect(messages.map(lineOf)).toEqual(['system: I am Ann\nBe brief', 'system: No', 'user: q'])
  expect(extra).toMatchObject({
    hidden: [{ id: 'empty' }, { id: 'm' }],
    messages: { i: { role: 'user' }, odd: { role: 'critic' } },
  })
})

test('knows a reply that was cut, and one that grew too long', async () => {
  const ended = (type: string) => ({ metadata: { finish_details: { type } } })
  const { messages } = await importingOne(
    ann,
    one(
      node('a', { role: 'assistant', more: ended('interrupted') }),
      node('b', { role: 'assistant', more: ended('max_tokens') }),
      node('c', { role: 'assistant', more: { status: 'in_progress' } }),
    ),
  )
  expect(messages).toMatchObject([
    { status: 'interrupted', finish_reason: 'interrupted' },
    { status: 'complete', finish_reason: 'length' },
    { status: 'interrupted', finish_reason: null },
  ])
})

test('does without what is missing', async () => {
  const bare = {
    mapping: {
      a: { message: { author: { role: 'user' }, content: { parts: ['Hello'] } } },
      b: { parent: 'a', message: { content: { content_type: 'text', parts: ['Who?'] } } },
    },
  }
  const before = Date.now()
  const { conversation: made, messages, extra } = await importingOne(ann, bare)
  expect(messages.map(lineOf)).toEqual(['user: Hello', 'system: Who?'])
  expect(made).toMatchObject({ title: null, is_active: true })
  expect(Date.parse(made.created_at)).toBeGreaterThanOrEqual(before)
  expect(extra).toMatchObject({ messages: { a: { content: { parts: ['Hello'] } } } })
  expect(await importing(ann, bare)).toMatchObject({ unchanged: 1 })
  expect(await importing(ann, { mapping: {} })).toMatchObject({ imported: 1 })
})
