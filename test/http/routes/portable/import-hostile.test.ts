import { describe, expect, test } from 'vitest'

import { conversation, node } from '../../../portable/samples/chatgpt.ts'
import { as } from '../../../support/api.ts'
import { asDocument, asLines, exported } from '../../../support/given-exports.ts'
import { type ImportAnswer, importing, importingOne, upload } from '../../../support/importing.ts'
import { problemOf } from '../../../support/problems.ts'

const ann = await as.user()
const bytesOf = (value: string) => new TextEncoder().encode(value)
const chat = (...nodes: ReturnType<typeof node>[]) => conversation(crypto.randomUUID(), nodes)
const claude = (uuid: string, more: object = {}) => ({
  uuid,
  chat_messages: [{ uuid: 'm', sender: 'human', text: 'Hi' }],
  ...more,
})

describe('a file that no part of can be read', () => {
  test.each([
    ['nothing', '', /empty/],
    ['a ZIP archive', 'PK\u0003\u0004', /ZIP archive/],
    ['what gzip made', new Uint8Array([0x1f, 0x8b, 8, 0]), /gzip/],
    ['UTF-16', new Uint8Array([0xff, 0xfe, 0x5b, 0, 0x5d, 0]), /UTF-16/],
    ['UTF-16 without a mark', new Uint8Array([0x5b, 0, 0x5d, 0]), /UTF-16/],
    ['a list of nothing', '[]', /No conversation was found/],
    ['words', 'Dear diary', /No conversation was found/],
    ['a page', '<html>[1]</html>', /No conversation was found/],
    ['another document', '{"openapi":"3.1.0","paths":{}}', /No conversation was found/],
    ['numbers', '[1,2,3]', /No conversation was found/],
    ['a newer Hilo', '{"object":"hilo.export","version":2}\n', /version 2/],
    ['a newer Hilo’s document', '{"object":"hilo.export","version":"3","conversations":[]}', /"3"/],
  ])('is refused with what would be taken: %s', async (_, file, detail) => {
    const problem = await problemOf(upload(ann, file as BodyInit))
    expect(problem).toMatchObject({ type: '/problems/invalid-request', status: 422 })
    expect(problem.detail).toMatch(detail)
    expect(problem.detail).toMatch(/Nothing was stored\.$/)
  })
})

test('what was taken in before a newer Hilo’s part stays, and that is said', async () => {
  const file = `${await asLines([exported()])}{"object":"hilo.export","version":2}\n`
  expect(await problemOf(upload(ann, file))).toMatchObject({
    detail: expect.stringMatching(/What was taken in before that stays/),
  })
  expect(await importing(ann, file.split('\n').slice(0, -2).join('\n'))).toMatchObject({
    unchanged: 1,
  })
})

test.each([
  ['lines', asLines],
  ['a document', asDocument],
])('cut anywhere, %s give what stands whole and say the rest', async (_, write) => {
  const all = [exported({ messages: [{ content: 'é🧭' }, {}] }), exported()]
  const whole = bytesOf(await write(all))
  const seen = new Set<number>()
  for (let end = 1; end < whole.byteLength - 1; end += 17) {
    const bob = await as.user()
    const response = await upload(bob, whole.slice(0, end))
    if (response.status === 422) continue
    const answer = await response.json<ImportAnswer>()
    expect({ end, complete: answer.complete }).toEqual({ end, complete: false })
    expect(answer.warnings).toContain('The file ends before it is whole.')
    expect(answer.imported + answer.failed).toBeLessThanOrEqual(2)
    for (const { id } of answer.conversations) {
      const { message_count: count } = await (
        await bob.get(`/api/conversations/${id}`)
      ).json<{
        message_count: number
      }>()
      expect(all.map(({ messages }) => messages.length)).toContain(count)
    }
    seen.add(answer.imported)
  }
  expect([...seen].toSorted((a, b) => a - b)).toEqual([0, 1, 2])
})

test('cut anywhere, a list gives what stands whole and where the rest is', async () => {
  const file = JSON.stringify([claude('a'), claude('b'), claude('c')])
  const second = file.indexOf('{"uuid":"b"')
  const answer = await importing(await as.user(), file.slice(0, second + 20))
  expect(answer).toMatchObject({ imported: 1, failed: 1, complete: false })
  expect(answer.errors).toMatchObject([
    { index: 1, offset: second, detail: 'The file ends in the middle of it' },
  ])
  const between = await importing(await as.user(), file.slice(0, second))
  expect(between).toMatchObject({ imported: 1, failed: 0, complete: false })
})

test('nested ten thousand deep, a conversation fails, and its neighbours go in', async () => {
  const deep = `{"uuid":"deep","chat_messages":${'['.repeat(10_000)}${']'.repeat(10_000)}}`
  const file = `[${JSON.stringify(claude('a'))},${deep},${JSON.stringify(claude('b'))}]`
  const answer = await importing(ann, file)
  expect(answer).toMatchObject({ imported: 2, failed: 1 })
  expect(answer.errors[0]?.detail).toBe('Nested deeper than 2000 levels')
})

test('nested as deep as is read, it is kept', async () => {
  const deep = `${'['.repeat(1990)}${']'.repeat(1990)}`
  const { extra } = await importingOne(ann, `[{"uuid":"d","chat_messages":[],"deep":${deep}}]`)
  expect(JSON.stringify(extra)).toContain(deep)
})

test('a current path that runs in a circle is cut there', async () => {
  const one = chat(node('a'), node('b'), node('c', { parent: 'b' }))
  const circle = { ...one, mapping: { ...one.mapping, a: { ...one.mapping['a'], parent: 'c' } } }
  const { warnings } = await importing(ann, circle)
  expect(warnings).toMatchObject([expect.stringContaining('comes after itself')])
  const { messages } = await importingOne(ann, circle)
  expect(messages.map(({ id }) => id)).toEqual(['a', 'b', 'c'])
  const nowhere = await importingOne(ann, {
    ...circle,
    id: 'n',
    conversation_id: 'n',
    current_node: 'x',
  })
  expect(nowhere.messages).toHaveLength(3)
})

test('another encoding is an error of the conversation that has it', async () => {
  const file = JSON.stringify([claude('a'), claude('latin', { name: 'a~o' }), claude('b')])
  const answer = await importing(
    ann,
    bytesOf(file).map((byte) => (byte === 0x7e ? 0xf1 : byte)),
  )
  expect(answer).toMatchObject({ imported: 2 - 2, unchanged: 2, failed: 1 })
  expect(answer.errors).toMatchObject([{ index: 1, detail: 'Not encoded as UTF-8' }])
})

test('a byte order mark is no part of a file', async () => {
  expect(await importing(ann, `\uFEFF${JSON.stringify([claude('marked')])}`)).toMatchObject({
    imported: 1,
    complete: true,
  })
})
