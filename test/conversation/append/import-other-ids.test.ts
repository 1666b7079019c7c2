import { expect, test } from 'vitest'

import { node } from '../../portable/samples/chatgpt.ts'
import * as claude from '../../portable/samples/claude.ts'
import * as lobeChat from '../../portable/samples/lobechat.ts'
import { at } from '../../support/api.ts'
import { userMessages } from '../../support/given.ts'
import { importing } from '../../support/importing.ts'
import { chat, importingAll, later, newId, said } from '../../support/newer-files.ts'
import { historyOf } from '../../support/turns.ts'

const turn = () => [node(newId(), said('user', 'Q')), node(newId(), said('assistant', 'A'))]
const call = (id: string) => ({ id, type: 'tool_use', name: 'look', input: { a: 1 } })

test.each([
  ['ChatGPT’s', (id: string) => chat(id, [...turn(), node(newId(), said('user', 'And?'))], later)],
  [
    'a list of messages',
    (id: string) => ({
      id,
      messages: ['Q', 'A', 'And?'].map((content, index) => ({
        id: newId(),
        role: index === 1 ? 'assistant' : 'user',
        content,
      })),
    }),
  ],
])('messages that have other ids in each file are the same: %s', async (_, file) => {
  const id = newId()
  const { told, all } = await importingAll(file(id), file(id), file(id))
  expect(told).toEqual({ outcome: 'unchanged', added: 0, completed: 0, changed: [] })
  expect(all).toEqual(['user: Q', 'assistant: A', 'user: And?'])
})

test('so are their calls and what came of them; what is new comes after them', async () => {
  const uuid = newId()
  const file = (day: number, ...words: string[]) => [
    claude.conversation(
      [
        claude.message(newId(), [claude.says('Q')]),
        claude.message(
          newId(),
          [call(newId()), { type: 'tool_result', content: 'seen' }, claude.says('So.')],
          { sender: 'assistant' },
        ),
        ...words.map((word) => claude.message(newId(), [claude.says(word)])),
      ],
      { uuid, updated_at: `2026-04-0${day}T00:00:00Z` },
    ),
  ]
  const { told, all } = await importingAll(file(1), file(2, 'And?'))
  expect(told).toMatchObject({ added: 1 })
  expect(all).toEqual(['user: Q', 'assistant: ', 'tool: seen', 'assistant: So.', 'user: And?'])
})

test('the same words twice are two messages if one file has both, and so is what was written here', async () => {
  const id = newId()
  const q = node('q')
  const a = node('a', said('assistant', 'Yes'))
  const b = node('b', { ...said('assistant', 'Yes'), parent: 'q' })
  const { client, told, all } = await importingAll(chat(id, [q, a]), chat(id, [q, a, b], later))
  expect(told).toMatchObject({ added: 1 })
  expect(all).toEqual(['user: q', 'assistant: Yes', 'assistant: Yes'])
  const [one] = (await importing(client, chat(id, [q, a]))).conversations
  await client.post(`${at(one!.id)}/messages`, { messages: userMessages(1, 9), parent_id: 'a' })
  const { content } = (await historyOf(client, one!.id)).at(-1)!
  const same = node('other', { ...said('user', content), parent: 'a' })
  expect(await importing(client, chat(id, [q, a, same], later))).toMatchObject({
    conversations: [{ added: 1 }],
  })
})

test('a topic of LobeChat’s that was exported by itself is found again, also in a backup', async () => {
  const topicId = newId()
  const tools = [{ id: 'c', identifier: 'web', apiName: 'find', arguments: '{}' }]
  const alone = (at: string, more: object[] = []) => ({
    exportedAt: at,
    version: '2.0',
    messages: [
      { id: 'q', role: 'user', content: 'Q', topicId },
      {
        id: 'g',
        role: 'assistantGroup',
        children: [
          { id: 'a', content: 'I look.', tools: [{ ...tools[0], result: { content: 'seen' } }] },
          { id: 'b', content: 'So.' },
        ],
      },
      ...more,
    ],
  })
  const and = { id: 'r', role: 'user', content: 'And?' }
  const { told, all, client } = await importingAll(
    alone('2025-02-02T03:04:05Z'),
    alone('2025-02-03T03:04:05Z', [and]),
    alone('2025-02-04T03:04:05Z', [and]),
  )
  expect(told).toMatchObject({ outcome: 'unchanged' })
  const whole = ['user: Q', 'assistant: I look.', 'tool: seen', 'assistant: So.', 'user: And?']
  expect(all).toEqual(whole)
  const backup = lobeChat.lists([
    lobeChat.message('q', 'user', 'Q', { topicId }),
    lobeChat.message('a', 'assistant', 'I look.', { topicId, parentId: 'q', tools }),
    lobeChat.message('t', 'tool', 'seen', { topicId, parentId: 'a', tool_call_id: 'c' }),
    lobeChat.message('b', 'assistant', 'So.', { topicId, parentId: 't' }),
    lobeChat.message('r', 'user', 'And?', { topicId, parentId: 'b' }),
  ])
  const { conversations } = await importing(client, { state: backup })
  expect(conversations).toMatchObject([{ added: 0 }])
})

test('a conversation of Gemini’s that has no id is found again by another title', async () => {
  const file = (title: string, ...prompts: string[]) => ({
    conversations: [
      {
        title,
        creation_time: '2025-01-02T03:04:05.678Z',
        last_modification_time: `2025-01-0${prompts.length + 2}T03:04:05.678Z`,
        conversation_turns: prompts.map((prompt) => ({ user_turn: { prompt } })),
      },
    ],
  })
  const { told } = await importingAll(file('A trip', 'Q'), file('To Rome', 'Q', 'And?'))
  expect(told).toEqual({ outcome: 'updated', added: 1, completed: 0, changed: ['title'] })
})
