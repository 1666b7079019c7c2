import { expect, test } from 'vitest'

import { node } from '../../portable/samples/chatgpt.ts'
import * as librechat from '../../portable/samples/librechat.ts'
import * as lobeChat from '../../portable/samples/lobechat.ts'
import * as openWebUi from '../../portable/samples/open-webui.ts'
import { importedAs, importing } from '../../support/importing.ts'
import { chat, importingAll, later, newId, said } from '../../support/newer-files.ts'

const result = (words: string) => ({
  type: 'function_call_output',
  call_id: 'c',
  output: [{ type: 'input_text', text: words }],
})
const answered = (id: string, words: string, at: number) => [
  openWebUi.row(
    openWebUi.chat(
      [
        openWebUi.message('q', null),
        openWebUi.message('a', 'q', {
          role: 'assistant',
          done: true,
          content: 'So.',
          output: [
            openWebUi.items.call('c', 'look', {}),
            result(words),
            openWebUi.items.said('So.'),
          ],
        }),
      ],
      'a',
    ),
    { id, updated_at: at },
  ),
]

test('a result that is JSON is the same however it is set', async () => {
  const id = newId()
  const { told } = await importingAll(
    answered(id, '{"a":[1,2],"b":"x"}', 1_700_000_600),
    answered(id, '{\n  "b": "x",\n  "a": [1, 2]\n}', 1_700_009_000),
  )
  expect(told).toMatchObject({ outcome: 'unchanged' })
  const { told: other } = await importingAll(
    answered(id, '{"a":[1,2]}', 1_700_000_600),
    answered(id, '{"a":[2,1]}', 1_700_009_000),
  )
  expect(other).toMatchObject({ added: 2 })
})

test('times that are rounded make a file no older', async () => {
  const id = newId()
  const nodes = [node('q'), node('a', said('assistant', 'A'))]
  const newer = { title: 'To Rome', is_archived: true }
  const { told, client } = await importingAll(
    chat(id, nodes, { update_time: 1_700_000_600.75 }),
    chat(id, nodes, { update_time: 1_700_000_600, ...newer }),
  )
  expect(told).toMatchObject({ changed: ['title', 'is_active'] })
  // The file that was here before changes nothing back, rounded or not.
  const before = chat(id, nodes, { update_time: 1_700_000_600 })
  expect(await importing(client, before)).toMatchObject({ unchanged: 1 })
})

test('a file that does not say whether a conversation is archived does not bring it back', async () => {
  const id = newId()
  const nodes = [node('q'), node('a', said('assistant', 'A'))]
  const {
    client,
    id: here,
    told,
  } = await importingAll(
    chat(id, nodes, { is_archived: true }),
    chat(id, nodes, { is_archived: undefined, title: 'To Rome', ...later }),
  )
  expect(told).toMatchObject({ changed: ['title'] })
  const restored = chat(id, nodes, { is_archived: false, update_time: 1_700_010_000 })
  expect(await importing(client, restored)).toMatchObject({
    conversations: [{ changed: ['title', 'is_active'] }],
  })
  expect((await importedAs(client, here)).conversation.is_active).toBe(true)
})

test('the answer says that a conversation is at another place, and that it holds more', async () => {
  const id = newId()
  const nodes = [
    node('q'),
    node('a', said('assistant', 'A')),
    node('b', { ...said('assistant', 'B'), parent: 'q' }),
  ]
  const { told } = await importingAll(
    chat(id, nodes),
    chat(id, nodes, { current_node: 'a', ...later }),
  )
  expect(told).toEqual({ outcome: 'updated', added: 0, completed: 0, changed: ['head_id'] })
  const { told: starred } = await importingAll(
    chat(id, nodes),
    chat(id, nodes, { is_starred: true }),
  )
  expect(starred).toMatchObject({ outcome: 'updated', changed: ['extra'] })
})

test('when a file was made is nothing that it tells of a conversation', async () => {
  const one = librechat.conversation({ messages: [librechat.message('q')] })
  const { told } = await importingAll(one, { ...one, exportAt: '13:00:00 GMT+0000' })
  expect(told).toMatchObject({ outcome: 'unchanged' })
})

test('a conversation is unchanged if only its session was used, or the conversation read', async () => {
  const topicId = newId()
  const file = (at: number) => {
    const { topics, sessions, messages } = lobeChat.lists([
      lobeChat.message(`${topicId}-q`, 'user', 'Q', { topicId }),
    ])
    const used = (one: object) => ({ ...one, updatedAt: at, accessedAt: at })
    return {
      state: {
        messages,
        sessions: sessions.map(used),
        topics: topics.map((topic) => ({ ...used(topic), id: topicId })),
      },
    }
  }
  const { told } = await importingAll(file(1_735_787_046_000), file(1_735_787_099_000))
  expect(told).toMatchObject({ outcome: 'unchanged' })
  const row = openWebUi.row(openWebUi.chat([openWebUi.message('q', null)], 'q'))
  const { told: read } = await importingAll(
    [{ ...row, last_read_at: 1_700_000_700 }],
    [{ ...row, last_read_at: 1_700_009_000 }],
  )
  expect(read).toMatchObject({ outcome: 'unchanged' })
})
