import { expect, test } from 'vitest'

import { as } from '../../support/api.ts'
import { importing, importingOne, lineOf, upload } from '../../support/importing.ts'
import { problemOf } from '../../support/problems.ts'
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
      node('first', { role: 'assistant' }),
      node('a', { role: 'assistant', parent: 'q' }),
      node('more', {}),
    ),
  )
  expect(messages.map(lineOf)).toEqual(['user: q', 'assistant: a', 'user: more'])
  expect(extra).toMatchObject({
    branches: [{ id: 'first', parent_id: 'q', siblings: ['first', 'a'] }],
  })
  expect(extra?.['branches']).toHaveLength(1)
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
    messages: {
      a: {
        reasoning: [
          { id: 't', content: thoughts },
          { id: 'r', content: recap },
          { id: 'late', content: thoughts },
        ],
      },
    },
    reasoning: {
      a: [{ text: 'Hm\nLima?' }, { text: 'Thought for 3 s' }, { text: 'Hm\nLima?' }],
    },
  })
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
})

test('says which conversations are empty, and keeps them all the same', async () => {
  const empty = { mapping: {} }
  const silent = one(node('s', { role: 'system', content: text('') }))
  expect(await importing(ann, empty)).toMatchObject({
    imported: 1,
    warnings: ['1 conversation holds no message that can be shown.'],
  })
  expect(await importing(ann, [...one(node('q')), empty, ...silent])).toMatchObject({
    imported: 2,
    unchanged: 1,
    warnings: ['2 conversations hold no message that can be shown.'],
  })
  expect(await importing(ann, one(node('q')))).toMatchObject({ imported: 1, warnings: [] })
})

test('goes round once when messages follow one another in a circle', async () => {
  const nodes = {
    a: node('a', { parent: 'c' }),
    b: node('b', { parent: 'a' }),
    c: node('c', { parent: 'b' }),
  }
  const circle = { ...conversation(crypto.randomUUID(), []), mapping: nodes, current_node: 'b' }
  const answer = await importing(ann, [circle])
  expect(answer.warnings).toEqual([
    'Conversation 0: Message a comes after itself. It begins the conversation.',
  ])
  const { messages, extra } = await importingOne(ann, [circle])
  expect(messages.map(lineOf)).toEqual(['user: a', 'user: b', 'user: c'])
  expect(extra?.['branches']).toBeUndefined()
})

test('a file of one conversation that is cut says so', async () => {
  const [whole] = one(node('q'), node('a', { role: 'assistant' }))
  const file = JSON.stringify(whole)
  for (const cut of [file.slice(0, -1), file.slice(0, file.length / 2), `[${file.slice(0, -9)}`]) {
    const problem = await problemOf(upload(ann, cut))
    expect(problem).toMatchObject({ status: 422 })
    expect(problem.detail).toMatch(
      /^No conversation was found.* The file ends before it is whole\./,
    )
    expect(problem.detail).toMatch(/Nothing was stored\.$/)
  }
})
