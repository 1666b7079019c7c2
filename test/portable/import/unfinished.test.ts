import { expect, test } from 'vitest'

import { as } from '../../support/api.ts'
import { importing, importingOne } from '../../support/importing.ts'
import { callOf } from '../../support/portable.ts'
import { problemOf } from '../../support/problems.ts'
import * as chatgpt from '../samples/chatgpt.ts'

const ann = await as.user()

const question = { id: 'q', role: 'user', content: 'Why?' }

test.each<[string, object]>([
  [
    'Claude',
    {
      uuid: 'thinking-only',
      chat_messages: [
        { uuid: 'q', sender: 'human', text: 'Why?' },
        { uuid: 'a', sender: 'assistant', content: [{ type: 'thinking', thinking: 'Hm' }] },
      ],
    },
  ],
  [
    'the form that many share',
    {
      id: 'thinking-only',
      messages: [question, { id: 'a', role: 'assistant', content: '', reasoning_content: 'Hm' }],
    },
  ],
])('an answer that was only thought so far is shown as one that goes on: %s', async (_, file) => {
  const { messages } = await importingOne(ann, file)
  expect(messages).toMatchObject([
    { role: 'user', content: 'Why?' },
    {
      role: 'assistant',
      content: '',
      status: 'interrupted',
      parts: [{ type: 'reasoning', text: 'Hm' }],
    },
  ])
})

test('an answer that an export of ChatGPT’s calls partial is not complete, and Hilo’s own says so', async () => {
  const status = 'finished_partial_completion'
  const { messages } = await importingOne(ann, [
    chatgpt.conversation('c-partial', [
      chatgpt.node('q', { role: 'user' }),
      chatgpt.node('a', { role: 'assistant', more: { status } }),
    ]),
  ])
  expect(messages).toMatchObject([{ status: 'complete' }, { status: 'interrupted' }])
})

test('an answer of Grok’s that is partial is not complete, and is completed by a newer file', async () => {
  const file = (message: string, partial: boolean) => {
    const said = (id: string, sender: string, more: object) => ({
      response: {
        _id: id,
        conversation_id: 'g',
        sender,
        create_time: '2026-01-02T03:04:05Z',
        ...more,
      },
    })
    const responses = [
      said('q', 'human', { message: 'Why?' }),
      said('a', 'ASSISTANT', { message, partial, parent_response_id: 'q' }),
    ]
    return { conversations: [{ conversation: { id: 'g', title: 'T' }, responses }] }
  }
  expect(await importing(ann, file('The ans', true))).toMatchObject({ imported: 1 })
  expect(await importing(ann, file('The answer.', false))).toMatchObject({
    conversations: [{ added: 0, completed: 1 }],
  })
})

test('roles have many names, in letters of any size', async () => {
  const said = (role: string) => ({ role, content: role })
  const { messages } = await importingOne(ann, {
    id: 'roles',
    messages: ['User', 'ASSISTANT', 'Customer', 'Agent', ' Bot ', 'wizard'].map(said),
  })
  expect(messages.map(({ role }) => role)).toEqual([
    'user',
    'assistant',
    'user',
    'assistant',
    'assistant',
    'system',
  ])
})

test('a refusal is what was said, and a number its text', async () => {
  const { messages } = await importingOne(ann, {
    id: 'refusal',
    messages: [
      { role: 'user', content: 5 },
      { role: 'assistant', content: null, refusal: 'I will not.' },
    ],
  })
  expect(messages.map(({ content }) => content)).toEqual(['5', 'I will not.'])
})

test('a file of which nothing goes in says what was wrong with the first', async () => {
  const deep = JSON.parse(`${'['.repeat(2_500)}${']'.repeat(2_500)}`) as unknown
  const upload = ann.post('/api/import', [{ id: 'c', messages: [question], deep }])
  const { detail } = await problemOf(upload)
  expect(detail).toContain('The first that failed: Nested deeper than 2000 levels.')
})

test('a result that says nothing is one all the same, of the call that it names or that waits', async () => {
  const named = { role: 'tool', tool_call_id: 'b', content: '' }
  const results = [{ role: 'tool', content: 'A' }, named, { role: 'tool', content: null }]
  const asked = {
    role: 'assistant',
    content: '',
    tool_calls: ['a', 'b', 'c'].map((id) => callOf(id)),
  }
  const { messages } = await importingOne(ann, {
    id: 'empty-result',
    messages: [question, asked, ...results],
  })
  expect(messages.slice(2)).toMatchObject([
    { role: 'tool', content: 'A', tool_call_id: 'a' },
    { role: 'tool', content: '', tool_call_id: 'b' },
    { role: 'tool', content: '', tool_call_id: 'c' },
  ])
})
