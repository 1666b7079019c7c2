import { expect, test } from 'vitest'

import { as } from '../../support/api.ts'
import { importing, importingOne, lineOf } from '../../support/importing.ts'
import { answer, conversation, message } from '../samples/librechat.ts'

const ann = await as.user()

test('takes in what was said, when, and by which model', async () => {
  const {
    conversation: made,
    messages,
    extra,
  } = await importingOne(
    ann,
    conversation({
      messages: [message('q'), answer('a', { parentMessageId: 'q', tokenCount: 4 })],
    }),
  )
  expect(made).toMatchObject({
    title: 'A trip',
    created_at: '2025-01-02T03:04:05.678Z',
    updated_at: '2025-01-02T03:04:05.678Z',
  })
  expect(messages).toMatchObject([
    { id: 'q', role: 'user', content: 'q', model: null },
    { id: 'a', role: 'assistant', content: 'a', model: 'gpt-5' },
  ])
  expect(extra).toMatchObject({
    fields: { endpoint: 'openAI' },
    messages: { a: { tokenCount: 4, sender: 'GPT-5' } },
  })
})

test.each(['messages', 'messagesTree'])('takes in answers that stand within %s', async (field) => {
  const tree = message('q', {
    children: [
      answer('old', { createdAt: '2025-01-02T03:05:00Z', children: [] }),
      answer('new', {
        createdAt: '2025-01-02T03:06:00Z',
        children: [message('more', { createdAt: '2025-01-02T03:07:00Z', children: [] })],
      }),
    ],
  })
  const { messages, extra } = await importingOne(
    ann,
    conversation({ recursive: true, [field]: [tree] }),
  )
  expect(messages.map(lineOf)).toEqual(['user: q', 'assistant: new', 'user: more'])
  expect(extra).toMatchObject({ branches: [{ id: 'old' }] })
})

test('takes in a tree that has but one root, and messages that name no other', async () => {
  const one = await importingOne(
    ann,
    conversation({ messages: message('q', { children: [answer('a', { children: [] })] }) }),
  )
  expect(one.messages.map(lineOf)).toEqual(['user: q', 'assistant: a'])
  const bare = { parentMessageId: undefined, createdAt: undefined }
  const line = await importingOne(
    ann,
    conversation({
      messages: [
        { ...message('q', bare), messageId: undefined, text: 'Hi' },
        { ...answer('a', bare), messageId: undefined, text: 'Hello' },
      ],
    }),
  )
  expect(line.messages.map(lineOf)).toEqual(['user: Hi', 'assistant: Hello'])
})

test('makes calls and thoughts of a message what they are', async () => {
  const call = {
    id: 'call_1',
    name: 'search',
    args: '{"q":"Lima"}',
    output: 'Sunny',
    type: 'tool_call',
  }
  const older = { id: 'call_2', type: 'function', function: { name: 'look', arguments: 'x' } }
  const think = { type: 'think', think: 'Let me look' }
  const { messages, extra } = await importingOne(
    ann,
    conversation({
      messages: [
        answer('a', {
          text: '',
          finish_reason: 'stop',
          unfinished: true,
          content: [
            think,
            { type: 'text', text: { value: 'I look.' }, tool_call_ids: ['call_1'] },
            { type: 'tool_call', tool_call: call },
            { type: 'text', text: 'It is sunny.' },
            { type: 'tool_call', tool_call: older },
            'Bye',
          ],
        }),
      ],
    }),
  )
  expect(messages).toMatchObject([
    {
      id: 'a',
      content: 'I look.',
      tool_calls: [{ id: 'call_1', function: { name: 'search', arguments: '{"q":"Lima"}' } }],
      status: 'complete',
    },
    { id: 'a.2', role: 'tool', tool_call_id: 'call_1', content: 'Sunny' },
    {
      id: 'a.3',
      content: 'It is sunny.\n\nBye',
      tool_calls: [{ id: 'call_2', function: { name: 'look', arguments: '{"input":"x"}' } }],
      finish_reason: 'stop',
      status: 'interrupted',
    },
  ])
  expect(extra).toMatchObject({
    reasoning: { a: [{ type: 'reasoning', text: 'Let me look' }] },
    messages: { a: { content: [{ tool_call_ids: ['call_1'] }, { tool_call: call }] } },
  })
})

test('shows files, errors and what it does not know by their names', async () => {
  const { messages, extra } = await importingOne(
    ann,
    conversation({
      messages: [
        message('q', { text: '', files: [{ file_id: 'f', filename: 'map.pdf' }] }),
        answer('a', {
          parentMessageId: 'q',
          text: '',
          content: [{ type: 'error', error: 'Overloaded' }],
        }),
        message('e', { parentMessageId: 'a', text: '' }),
        answer('b', {
          parentMessageId: 'e',
          text: 'other',
          content: [{ type: 'text', text: 'said' }],
        }),
      ],
    }),
  )
  expect(messages.map(lineOf)).toEqual([
    'user: [map.pdf]',
    'assistant: [Overloaded]',
    'assistant: said',
  ])
  expect(extra).toMatchObject({ hidden: [{ messageId: 'e' }], messages: { b: { text: 'other' } } })
})

test('takes in many at once, and times as a database writes them', async () => {
  const at = (ms: number) => ({ $date: { $numberLong: String(ms) } })
  const answered = await importing(ann, [
    conversation({
      messages: [message('q', { createdAt: at(1_735_787_045_678) })],
      isArchived: true,
    }),
    conversation({
      messages: [message('q', { createdAt: { $date: '2025-01-02T03:04:05.678Z' } })],
    }),
  ])
  expect(answered).toMatchObject({ source: 'librechat', imported: 2 })
})
