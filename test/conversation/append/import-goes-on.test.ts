import { expect, test } from 'vitest'

import { node } from '../../portable/samples/chatgpt.ts'
import * as claude from '../../portable/samples/claude.ts'
import * as deepseek from '../../portable/samples/deepseek.ts'
import * as lobeChat from '../../portable/samples/lobechat.ts'
import * as typingMind from '../../portable/samples/typingmind.ts'
import { importing } from '../../support/importing.ts'
import { chat, importingAll, later, newId, said } from '../../support/newer-files.ts'
import { eventually, inRecord, recordOf } from '../../support/record.ts'

const sent = { sender: 'assistant' }

test.each([
  [
    'Claude’s',
    (id: string, answer: string, more: string[], day: number) => [
      claude.conversation(
        [
          claude.message('q', [claude.says('Q')]),
          claude.message('a', [claude.says(answer)], sent),
          ...more.map((word) => claude.message(word, [claude.says(word)])),
        ],
        { uuid: id, updated_at: `2026-04-0${day}T00:00:00Z` },
      ),
    ],
  ],
  [
    'DeepSeek’s',
    (id: string, answer: string, more: string[], day: number) => [
      deepseek.conversation(
        [
          deepseek.node('1', 'root', [deepseek.fragment('REQUEST', 'Q')]),
          deepseek.node('2', '1', [deepseek.fragment('RESPONSE', answer)]),
          ...more.map((word) => deepseek.node('3', '2', [deepseek.fragment('REQUEST', word)])),
        ],
        { id, updated_at: `2026-04-0${day}T00:00:00Z` },
      ),
    ],
  ],
])(
  'an answer that a file ends with goes on in a newer one, though nothing says that it was cut: %s',
  async (_, file) => {
    const id = newId()
    const {
      client,
      id: here,
      told,
      all,
    } = await importingAll(file(id, 'Bec', [], 1), file(id, 'Because.', ['And?'], 2))
    expect(told).toMatchObject({ added: 1, completed: 1 })
    expect(all).toEqual(['user: Q', 'assistant: Because.', 'user: And?'])
    await inRecord(here, 3)
    expect((await recordOf(here)).map(({ content }) => content)).toEqual(['Q', 'Because.', 'And?'])
    // The older file takes nothing back, in whichever order they come.
    expect(await importing(client, file(id, 'Bec', [], 1))).toMatchObject({ unchanged: 1 })
    const other = newId()
    const reversed = await importingAll(
      file(other, 'Because.', ['And?'], 2),
      file(other, 'Bec', [], 1),
    )
    expect(reversed.told).toMatchObject({ outcome: 'unchanged' })
    expect(reversed.all).toEqual(all)
  },
)

test('the record has what an answer went on with, though it had the beginning before', async () => {
  const id = newId()
  const file = (answer: string, day: number) => [
    claude.conversation(
      [claude.message('q', [claude.says('Q')]), claude.message('a', [claude.says(answer)], sent)],
      { uuid: id, updated_at: `2026-04-0${day}T00:00:00Z` },
    ),
  ]
  const { client, id: here } = await importingAll(file('Bec', 1))
  await inRecord(here, 2)
  expect(await importing(client, file('Because.', 2))).toMatchObject({ failed: 0 })
  await eventually(async () => (await recordOf(here))[1]?.content === 'Because.')
})

test('so does a result of which nothing had come', async () => {
  const id = newId()
  const asked = node('c', {
    role: 'assistant',
    content: { content_type: 'code', text: '1+1' },
    more: { recipient: 'python' },
  })
  const came = (words: string, status: string) =>
    node('r', {
      content: { content_type: 'execution_output', text: words },
      more: { author: { role: 'tool', name: 'python' }, status },
    })
  const { told, all } = await importingAll(
    chat(id, [node('q'), asked, came('', 'in_progress')]),
    chat(
      id,
      [node('q'), asked, came('2', 'finished_successfully'), node('a', said('assistant', 'Two.'))],
      later,
    ),
  )
  expect(told).toMatchObject({ added: 1, completed: 1 })
  expect(all).toEqual(['user: q', 'assistant: ', 'tool: 2', 'assistant: Two.'])
})

test('the dots that LobeChat shows for an answer which has not begun are none', async () => {
  const topicId = newId()
  const file = (answer: string) => ({
    state: lobeChat.lists([
      lobeChat.message(`${topicId}-q`, 'user', '...', { topicId }),
      lobeChat.message(`${topicId}-a`, 'assistant', answer, { topicId, parentId: `${topicId}-q` }),
    ]),
  })
  const { all, told } = await importingAll(file('...'), file('So.'))
  expect(told).toMatchObject({ added: 1 })
  expect(all).toEqual(['user: ...', 'assistant: So.'])
})

test('one that was followed by something, or says other words, is another branch', async () => {
  const id = newId()
  const file = (answer: string) =>
    typingMind.file({
      ...typingMind.chat([
        { role: 'user', content: 'Q' },
        { role: 'assistant', content: answer },
        { role: 'user', content: 'And?' },
      ]),
      chatID: id,
    })
  const { all } = await importingAll(file('Because'), file('Because of that'))
  expect(all).toHaveLength(5)
})
