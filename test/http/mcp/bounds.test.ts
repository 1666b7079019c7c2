import { expect, test } from 'vitest'

import { as } from '../../support/api.ts'
import { givenConversation } from '../../support/given.ts'
import { mcpOf, tell } from '../../support/mcp.ts'

interface Read {
  messages: { seq: number; text: string }[]
  next: { from_seq: number; from_char: number } | null
}

test('answers are bounded, and all of a long history can be read, character by character', async () => {
  const ann = await as.user()
  const texts = [
    'a'.repeat(10_000),
    '😀'.repeat(40_001),
    `é${'😀'.repeat(30_000)}`,
    'end',
    'b'.repeat(23_999),
  ]
  const messages = texts.map((content, n) => ({ id: `m${n}`, role: 'user', content }))
  const id = await givenConversation(ann, { messages })
  const client = await mcpOf(ann.headers)
  const read = texts.map(() => '')
  let from: object = {}
  for (let calls = 0; ; calls += 1) {
    expect(calls).toBeLessThan(20)
    const { data } = await tell<Read>(client, 'read_conversation', { conversation_id: id, ...from })
    const chars = data.messages.reduce((sum, { text }) => sum + text.length, 0)
    expect(chars).toBeLessThanOrEqual(24_000)
    for (const { seq, text } of data.messages) {
      expect(text.isWellFormed()).toBe(true)
      read[seq - 1] += text
    }
    if (data.next === null) break
    from = data.next
  }
  expect(read).toEqual(texts)
  const { data } = await tell<{ text: string }>(client, 'fetch', { id: `${id}/m1` })
  expect(data.text.length).toBeLessThan(25_500)
  const numbered = await tell<Read>(client, 'read_conversation', {
    conversation_id: id,
    from_seq: 4,
    limit: 1,
  })
  expect(numbered.data.messages.map(({ text }) => text)).toEqual(['end'])
  expect(numbered.data.next).toEqual({ from_seq: 5, from_char: 0 })
})

test('what is wrong is said in sentences that end once', async () => {
  const client = await mcpOf((await as.user()).headers)
  const { isError, text } = await tell(client, 'list_conversations', { cursor: 'nonsense' })
  expect([isError, text]).toEqual([
    true,
    'The request is not valid. cursor: Not a cursor of this list. Take next_cursor as it came, or start without one.',
  ])
})
