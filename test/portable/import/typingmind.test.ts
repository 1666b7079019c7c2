import { expect, test } from 'vitest'

import { as } from '../../support/api.ts'
import { importing, importingOne, lineOf } from '../../support/importing.ts'
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
