import { expect, test } from 'vitest'

import { as } from '../../support/api.ts'
import { importing, importingOne, lineOf, upload } from '../../support/importing.ts'
import { conversation as chatgpt, node } from '../samples/chatgpt.ts'

const ann = await as.user()

test('what has a field or two of a program, and its words elsewhere, is none of that program’s', async () => {
  const shell = { conversation_id: 'c', title: 'T', create_time: 1_700_000_000 }
  const said = { role: 'user', body: 'Hello there' }
  const file = [
    // What ChatGPT keeps of what somebody thought of an answer.
    { id: 'r', conversation_id: 'c', create_time: '2025-01-01', rating: 'thumbs_up' },
    { ...shell, turns: [said] },
    { ...shell, current_node: 'a', tree: { a: said } },
    { ...shell, mapping: { a: { id: 'a', parent: null, children: [], ...said } } },
  ]
  for (const one of file) {
    const refused = await upload(ann, JSON.stringify([one]))
    expect([refused.status, await refused.text()]).toEqual([422, expect.stringContaining('known')])
  }
  const pieces = { a: { id: 'a', pieces: [{ text: 'Hello' }] } }
  const odd = [{ ...shell, inserted_at: '2025-01-01', mapping: pieces }]
  expect(await importing(ann, odd)).toMatchObject({ imported: 0, failed: 1 })
})

test('messages whose parts stand where Chatbox has them are read', async () => {
  const sessions = [
    {
      id: 's',
      name: 'Box',
      messages: [
        { id: 'a', role: 'system', contentParts: [{ type: 'text', text: 'Be kind' }] },
        { id: 'b', role: 'user', contentParts: [{ type: 'text', text: 'Hello' }] },
        {
          id: 'c',
          role: 'assistant',
          contentParts: [
            { type: 'reasoning', text: 'Hm' },
            { type: 'text', text: 'Hi' },
          ],
        },
      ],
    },
  ]
  const { conversation, messages } = await importingOne(ann, { 'chat-sessions': sessions })
  expect(conversation.title).toBe('Box')
  expect(messages.map(lineOf)).toEqual(['system: Be kind', 'user: Hello', 'assistant: Hi'])
  expect(messages[2]?.parts).toMatchObject([{ type: 'reasoning', text: 'Hm' }, { type: 'text' }])
})

test('messages that are not wrapped, as their program has them, are read all the same', async () => {
  const fragment = (type: string, content: string) => ({ fragments: [{ type, content }] })
  const deepseek = {
    title: 'T',
    inserted_at: '2025-01-01T00:00:00Z',
    mapping: {
      a: { id: 'a', parent: null, children: ['b'], ...fragment('REQUEST', 'Hello there') },
      b: { id: 'b', parent: 'a', children: [], ...fragment('RESPONSE', 'Hi') },
    },
  }
  const grok = {
    conversation: { id: 'g' },
    responses: [
      { _id: 'a', sender: 'human', message: 'Hello there' },
      { _id: 'b', sender: 'assistant', message: 'Hi' },
    ],
  }
  for (const file of [deepseek, { conversations: [grok] }]) {
    const { messages } = await importingOne(ann, file)
    expect(messages.map(lineOf)).toEqual(['user: Hello there', 'assistant: Hi'])
  }
})

test('a turn of Gemini’s that nobody takes is told, and a message without a content shows nothing', async () => {
  const asked = { user_turn: { prompt: 'Hello' } }
  const turns = {
    creation_time: '2025-01-01T00:00:00Z',
    conversation_turns: [asked, { other: { text: 'a b' } }],
  }
  const { warnings } = await importing(ann, turns)
  expect(warnings).toEqual([expect.stringContaining('1 message is not shown')])
  const { messages } = await importingOne(ann, [
    chatgpt('hollow', [node('a'), node('b', { more: { content: null } })]),
  ])
  expect(messages.map(lineOf)).toEqual(['user: a'])
})
