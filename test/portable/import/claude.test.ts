import { expect, test } from 'vitest'

import { as } from '../../support/api.ts'
import { importingOne, lineOf } from '../../support/importing.ts'
import { chained, conversation, message, says } from '../samples/claude.ts'

const ann = await as.user()
const assistant = { sender: 'assistant' }

test('takes in what was said, and when', async () => {
  const { conversation: made, messages } = await importingOne(ann, [
    conversation(
      chained(
        message('q', [says('Where shall we go?')]),
        message('a', [says('إلى ليما')], assistant),
      ),
    ),
  ])
  expect(made).toMatchObject({
    title: 'A trip',
    created_at: '2026-03-29T07:06:34.084Z',
    updated_at: '2026-03-29T12:59:41.658Z',
  })
  expect(messages).toMatchObject([
    {
      id: 'q',
      role: 'user',
      content: 'Where shall we go?',
      created_at: '2026-03-29T07:06:35.552Z',
    },
    { id: 'a', role: 'assistant', content: 'إلى ليما' },
  ])
})

test('takes in an older export, which has neither blocks nor parents', async () => {
  const { messages } = await importingOne(ann, [
    conversation([
      { ...message('q', []), text: 'Hello' },
      { ...message('a', [], assistant), text: 'Hello to you' },
    ]),
  ])
  expect(messages.map(lineOf)).toEqual(['user: Hello', 'assistant: Hello to you'])
})

test('makes a turn with tools several messages, and keeps the thoughts beside them', async () => {
  const thinking = { type: 'thinking', thinking: 'Let me look', summaries: [{ summary: 'Looks' }] }
  const use = { type: 'tool_use', id: 'toolu_1', name: 'search', input: { query: 'Lima' } }
  const result = {
    type: 'tool_result',
    tool_use_id: 'toolu_1',
    content: [
      { type: 'text', text: 'Sunny' },
      { type: 'image', source: {} },
    ],
    is_error: false,
  }
  const { messages, extra } = await importingOne(ann, [
    conversation(
      chained(
        message('q', [says('Weather?')]),
        message('a', [thinking, says('I look.'), use, result, says('It is sunny.')], {
          ...assistant,
          model: 'claude-x',
        }),
      ),
    ),
  ])
  expect(messages).toMatchObject([
    { id: 'q' },
    {
      id: 'a',
      role: 'assistant',
      content: 'I look.',
      model: 'claude-x',
      tool_calls: [{ id: 'toolu_1', function: { name: 'search', arguments: '{"query":"Lima"}' } }],
    },
    { id: 'a.2', role: 'tool', content: 'Sunny', tool_call_id: 'toolu_1' },
    { id: 'a.3', role: 'assistant', content: 'It is sunny.' },
  ])
  expect(extra).toMatchObject({
    reasoning: { a: [{ type: 'reasoning', text: 'Let me look' }] },
    messages: { a: { content: [{}, use] }, 'a.2': { content: [result] } },
  })
})

test('calls and results without ids find each other', async () => {
  const { messages } = await importingOne(ann, [
    conversation(
      chained(
        message(
          'a',
          [
            { type: 'tool_use', name: 'one', input: null },
            { type: 'tool_use', name: 'two', input: 'as it is' },
            { type: 'tool_result', content: 'first' },
            { type: 'tool_result', content: null },
            { type: 'tool_result', content: 'of nothing' },
          ],
          assistant,
        ),
      ),
    ),
  ])
  const [calls, ...results] = messages
  expect(calls?.tool_calls?.map(({ function: call }) => [call.name, call.arguments])).toEqual([
    ['one', '{}'],
    ['two', '{"input":"as it is"}'],
  ])
  const ids = calls?.tool_calls?.map(({ id }) => id) ?? []
  expect(results.map((result) => result.tool_call_id)).toEqual([...ids, 'a.4-call'])
  expect(results.map(({ content }) => content)).toEqual(['first', '', 'of nothing'])
})

test('what was pasted is part of what was said', async () => {
  const pasted = { file_name: '', file_type: 'txt', file_size: 9, extracted_content: 'A long text' }
  const read = { ...pasted, file_name: 'notes.md', extracted_content: 'Some notes' }
  const { messages, extra } = await importingOne(ann, [
    conversation(
      chained(
        message('q1', [], { attachments: [pasted] }),
        message('q2', [says('See')], { attachments: [read] }),
        message('q3', [], { files: [{ file_name: 'sun.png', file_uuid: 'f1' }] }),
        message('q4', [says('Huge')], {
          attachments: [{ ...pasted, extracted_content: 'x'.repeat(300_000) }],
        }),
      ),
    ),
  ])
  expect(messages.map(({ content }) => content)).toEqual([
    'A long text',
    'See\n\nnotes.md\n\nSome notes',
    '[sun.png]',
    'Huge',
  ])
  expect(extra).toMatchObject({
    messages: {
      q3: { files: [{ file_uuid: 'f1' }] },
      q4: { attachments: [{ extracted_content: 'x'.repeat(300_000) }] },
    },
  })
})

test('follows the current branch, and when none is named the newest', async () => {
  const later = { created_at: '2026-04-01T00:00:00Z' }
  const branched = chained(message('q', [says('q')]), message('old', [says('old')], assistant), {
    ...message('new', [says('new')], { ...assistant, ...later }),
    parent_message_uuid: 'q',
  })
  const newest = await importingOne(ann, [conversation(branched)])
  expect(newest.messages.map(lineOf)).toEqual(['user: q', 'assistant: new'])
  expect(newest.extra).toMatchObject({ branches: [{ id: 'old', parent_id: 'q' }] })
  const named = await importingOne(ann, [
    conversation(branched, { current_leaf_message_uuid: 'old' }),
  ])
  expect(named.messages.map(lineOf)).toEqual(['user: q', 'assistant: old'])
})

test('shows what it does not know by its name, and keeps it', async () => {
  const odd = { type: 'hologram', pixels: [1] }
  const { messages, extra } = await importingOne(ann, [
    conversation(
      chained(
        message('q', [odd]),
        message('a', [{ kind: 'nothing' }], assistant),
        message('e', [], assistant),
        message('r', [says('I am a robot')], { sender: 'robot' }),
      ),
      { project: { name: 'Travels' }, is_starred: true },
    ),
  ])
  expect(messages.map(lineOf)).toEqual([
    'user: [hologram]',
    'assistant: [content]',
    'system: I am a robot',
  ])
  expect(extra).toMatchObject({
    fields: { project: { name: 'Travels' }, is_starred: true },
    messages: {
      q: { content: [odd] },
      a: { content: [{ kind: 'nothing' }] },
      r: { sender: 'robot' },
    },
    hidden: [{ uuid: 'e' }],
  })
})
