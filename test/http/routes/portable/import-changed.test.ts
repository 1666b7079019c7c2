import { expect, test } from 'vitest'

import { conversation, node, text } from '../../../portable/samples/chatgpt.ts'
import { as } from '../../../support/api.ts'
import { asLines, exported } from '../../../support/given-exports.ts'
import { importing, importingOne } from '../../../support/importing.ts'

const ann = await as.user()
const chat = (...nodes: ReturnType<typeof node>[]) => conversation(crypto.randomUUID(), nodes)
const claude = (uuid: string, more: object = {}) => ({
  uuid,
  chat_messages: [{ uuid: 'm', sender: 'human', text: 'Hi' }],
  ...more,
})

test('a megabyte of title is cut, and kept whole beside it', async () => {
  const title = '🧭'.repeat(250_000)
  const { conversation: made, extra } = await importingOne(
    ann,
    [chat(node('q'))].map((one) => ({ ...one, title })),
  )
  expect(made.title).toBe(`${'🧭'.repeat(127)}…`)
  expect(extra).toMatchObject({ originals: { title } })
})

test('of keys that come twice the last one counts', async () => {
  const file = '[{"uuid":"twice","name":"One","name":"Two","chat_messages":[]}]'
  expect((await importingOne(ann, file)).conversation.title).toBe('Two')
})

test('text that can not be kept is made so, and kept as it was beside it', async () => {
  const {
    messages,
    conversation: made,
    extra,
  } = await importingOne(
    ann,
    JSON.stringify([{ ...chat(node('q', { content: text('a\0b~c') })), title: 'x~' }]).replaceAll(
      '~',
      '\\ud800',
    ),
  )
  expect(messages[0]?.content).toBe('a\uFFFDb\uFFFDc')
  expect(made.title).toBe('x\uFFFD')
  expect(extra).toMatchObject({
    originals: { title: 'x\uD800', 'messages/q/content': 'a\0b\uD800c' },
  })
})

test('keys that mean something to JavaScript mean nothing here', async () => {
  const file = `[{"uuid":"keys","__proto__":{"isAdmin":true},"constructor":{"a":1},"chat_messages":[
    {"uuid":"__proto__","sender":"constructor","text":"Hi","toString":1,"__proto__":{"x":1}},
    {"uuid":"constructor","sender":"assistant","content":[{"type":"__proto__"}]}]}]`
  const { messages, extra } = await importingOne(ann, file)
  expect(messages).toMatchObject([
    { id: '__proto__', role: 'system', content: 'Hi' },
    { id: 'constructor', role: 'assistant', content: '[__proto__]' },
  ])
  expect(JSON.stringify(extra)).toContain('"__proto__":{"isAdmin":true}')
  expect(({} as { isAdmin?: boolean }).isAdmin).toBeUndefined()
})

test('ids that are none, or come twice, are made anew, the same each time', async () => {
  const said = (uuid: unknown, content: string) => ({ uuid, sender: 'human', text: content })
  const file = [
    claude('ids', {
      chat_messages: [said('a b', '1'), said('x', '2'), said('x', '3'), said(null, '4')],
    }),
  ]
  const { messages, extra } = await importingOne(ann, file)
  expect(messages.map(({ id }) => id)).toEqual(['imported-1', 'x', 'imported-3', 'message-4'])
  expect(extra).toMatchObject({ originals: { 'messages/imported-1/id': 'a b' } })
  expect(await importing(ann, file)).toMatchObject({ unchanged: 1 })
})

test('times of the future are now, and those that are none are the ones before', async () => {
  const said = (uuid: string, created_at: unknown) => ({
    uuid,
    sender: 'human',
    text: 'x',
    created_at,
  })
  const file = [
    claude('times', {
      created_at: '2024-01-01T00:00:00Z',
      updated_at: '2999-01-01T00:00:00Z',
      chat_messages: [said('a', 'soon'), said('b', 4e12), said('c', null)],
    }),
  ]
  const before = Date.now()
  const { conversation: made, messages, extra } = await importingOne(ann, file)
  expect(Date.parse(made.updated_at)).toBeGreaterThanOrEqual(before)
  expect(Date.parse(made.updated_at)).toBeLessThanOrEqual(Date.now())
  const [a, b, c] = messages.map(({ created_at: at }) => at)
  expect([a, c]).toEqual(['2024-01-01T00:00:00.000Z', b])
  expect(extra).toMatchObject({
    originals: { updated_at: '2999-01-01T00:00:00Z', 'messages/a/created_at': 'soon' },
  })
})

test('fields of Hilo’s own file that make no sense are kept beside it', async () => {
  const fields = { language: 'no language', metadata: { key: 1 } as never, topic: 7 as never }
  const file = await asLines([
    exported({
      fields,
      extra: 'mine',
      messages: [
        { role: 'robot' as never, tokens_used: -1 },
        { model: 'm'.repeat(300), parts: 'x' as never },
      ],
    }),
  ])
  const { conversation: made, messages, extra } = await importingOne(ann, file)
  expect(made).toMatchObject({ language: 'es', metadata: {}, topic: null })
  expect(messages).toMatchObject([{ role: 'system', tokens_used: null }, { parts: null }])
  expect(messages[1]?.model).toHaveLength(256)
  expect(extra).toMatchObject({
    extra: 'mine',
    originals: {
      ...fields,
      'messages/m1/tokens_used': -1,
      'messages/m2/model': 'm'.repeat(300),
      'messages/m2/parts': 'x',
    },
  })
})
