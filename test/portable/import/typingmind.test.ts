import { expect, test } from 'vitest'

import { as } from '../../support/api.ts'
import { importing, importingOne, lineOf } from '../../support/importing.ts'
import { historyOf } from '../../support/turns.ts'
import { chat, file } from '../samples/typingmind.ts'

const ann = await as.user()

test('takes in chats: texts, parts, calls and by which model', async () => {
  const {
    conversation: made,
    messages,
    extra,
  } = await importingOne(
    ann,
    file(
      chat([
        { uuid: 'q', role: 'user', content: 'q', createdAt: '2025-01-02T03:04:06Z' },
        { uuid: 'a', role: 'assistant', content: [{ type: 'text', text: 'I look.' }] },
        { role: 'assistant', content: null, tool_calls: [{ id: 'c', function: { name: 'look' } }] },
        { role: 'tool', tool_call_id: 'c', content: 'seen' },
        { role: 'assistant', content: 'a', model: 'large', usage: { total: 3 } },
      ]),
    ),
  )
  expect(made).toMatchObject({
    title: 'A trip',
    created_at: '2025-01-02T03:04:05.000Z',
    updated_at: '2025-01-02T03:05:00.000Z',
  })
  expect(messages.map(lineOf)).toEqual([
    'user: q',
    'assistant: I look.',
    'assistant: ',
    'tool: seen',
    'assistant: a',
  ])
  expect(messages).toMatchObject([
    { id: 'q', created_at: '2025-01-02T03:04:06.000Z' },
    { id: 'a', model: 'small' },
    { tool_calls: [{ id: 'c' }] },
    {},
    { model: 'large' },
  ])
  expect(extra).toMatchObject({
    fields: { folderID: 'f' },
    messages: { 'message-5': { usage: { total: 3 } } },
  })
})

test('takes in chats that stand in a list, or at the top of a file', async () => {
  const one = chat([{ role: 'user', content: 'q' }])
  const two = { ...chat([]), chatID: undefined }
  const answer = { source: 'typingmind', imported: 2 }
  expect(await importing(ann, { chats: [one, two] })).toMatchObject(answer)
  expect(await importing(ann, [one, two])).toMatchObject({ unchanged: 2 })
})

test('the answers of several models stand beside each other, and the last one goes on', async () => {
  const answer = (model: string, ...contents: string[]) => ({
    model,
    messages: contents.map((content) => ({ role: 'assistant', content })),
  })
  const { id, messages } = await importingOne(
    ann,
    file({
      ...chat([
        { role: 'user', content: 'q' },
        { type: 'tm_multi_responses', responses: [answer('m1', 'a', 'b'), answer('m2', 'c')] },
        { role: 'user', content: 'r' },
      ]),
      system: 'Be brief',
    }),
  )
  expect(messages.map(lineOf)).toEqual(['system: Be brief', 'user: q', 'assistant: c', 'user: r'])
  const all = await historyOf(ann, id, 'all')
  expect(all.map(({ content, model }) => [content, model])).toEqual([
    ['Be brief', null],
    ['q', null],
    ['a', 'm1'],
    ['b', 'm1'],
    ['c', 'm2'],
    ['r', null],
  ])
  expect(all[4]?.parent_id).toBe(all[1]?.id)
})
