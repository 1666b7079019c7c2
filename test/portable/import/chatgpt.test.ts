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
