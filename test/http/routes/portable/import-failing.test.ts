import { expect, test } from 'vitest'

import { as, bodyOf } from '../../../support/api.ts'
import { fetched } from '../../../support/files.ts'
import { asDocument, exported } from '../../../support/given-exports.ts'
import { extraOf, importing } from '../../../support/importing.ts'
import { historyOf } from '../../../support/turns.ts'

const deep = (levels: number): unknown => JSON.parse('['.repeat(levels) + ']'.repeat(levels))

test('what fails is told by its place, and the rest goes in', async () => {
  const ann = await as.user()
  const good = (uuid: string) => ({ uuid, chat_messages: [{ sender: 'human', text: 'Hi' }] })
  const long = {
    uuid: 'long',
    chat_messages: [{ sender: 'human', text: 'Hi', files: deep(3_000) }],
  }
  const file = JSON.stringify([good('a'), 7, long, { odd: true }, good('b')])
  const answer = await importing(ann, file)
  expect(answer).toMatchObject({ imported: 2, failed: 3, complete: true, source: 'claude' })
  expect(answer.errors).toEqual([
    {
      index: 1,
      line: null,
      offset: file.indexOf('7'),
      source_id: null,
      detail: 'Not a conversation of a kind that is known',
    },
    {
      index: 2,
      line: null,
      offset: file.indexOf('{"uuid":"long"'),
      source_id: null,
      detail: 'Nested deeper than 2000 levels',
    },
    expect.objectContaining({ index: 3 }),
  ])
  expect(answer.conversations).toMatchObject([
    { index: 0, source_id: 'a', outcome: 'imported', added: 1, completed: 0, changed: [] },
    { index: 4, source_id: 'b', outcome: 'imported' },
  ])
})

test('lists no more errors and conversations than it says, but counts them all', async () => {
  const ann = await as.user()
  const junk = Array.from({ length: 150 }, (_, index) => ({ index }))
  const answer = await importing(ann, [...junk, { uuid: 'a', chat_messages: [] }])
  expect(answer).toMatchObject({ imported: 1, failed: 150 })
  expect(answer.errors).toHaveLength(100)
})

test('a message over the limit is cut, the whole of it is kept, and its conversation goes in', async () => {
  const ann = await as.user()
  const long = 'é'.repeat(150_000)
  const said = (sender: string, text: string) => ({ uuid: sender, sender, text })
  const theirs = [{ uuid: 'c', chat_messages: [said('human', long), said('assistant', 'Yes')] }]
  const answer = await importing(ann, theirs)
  expect(answer).toMatchObject({ imported: 1, failed: 0, complete: true })
  expect(answer.warnings).toEqual([
    'Conversation 0: message 1 is cut to 262144 bytes; all of it is in the file human.txt beside it',
  ])
  const id = answer.conversations[0]?.id ?? ''
  const [cut, next] = await historyOf(ann, id)
  expect(cut?.content).toBe(`${'é'.repeat(131_070)}…`)
  expect(next).toMatchObject({ content: 'Yes' })
  const [, whole] = cut?.parts ?? []
  const { file } = whole as unknown as { file: { file_id: string; url: string } }
  expect(await (await fetched(file.url)).text()).toBe(long)
  expect(await extraOf(id)).toBe(null)
  expect(await importing(ann, theirs)).toMatchObject({ unchanged: 1 })
  // The same again has no second copy.
  expect(await bodyOf(ann.get('/api/files'))).toMatchObject({
    data: [{ id: file.file_id, name: 'human.txt', type: 'text/plain' }],
    has_more: false,
  })
})

test('of a message that can not be kept as it is, the text is shown and the rest kept beside it', async () => {
  const ann = await as.user()
  const call = (n: number) => ({
    id: `c${n}`,
    type: 'function',
    function: { name: 'look', arguments: '{}' },
  })
  const calls = Array.from({ length: 200 }, (_, n) => call(n))
  const messages = [
    { id: 'q', role: 'user', content: 'Look' },
    { id: 'a', role: 'assistant', content: 'So', tool_calls: calls },
    { id: 'b', role: 'assistant', content: '', tool_calls: calls },
  ]
  const answer = await importing(ann, await asDocument([exported({ messages: messages as never })]))
  expect(answer).toMatchObject({ imported: 1, failed: 0 })
  expect(answer.warnings).toHaveLength(2)
  expect(answer.warnings[0]).toMatch(/message 2 only the text is shown \(tool_calls .*`extra`$/)
  const id = answer.conversations[0]?.id ?? ''
  expect(await historyOf(ann, id)).toMatchObject([
    { content: 'Look' },
    { content: 'So', tool_calls: null },
    { content: '[…]', tool_calls: null },
  ])
  expect(JSON.stringify(await extraOf(id))).toContain('"c199"')
})
