import { expect, test } from 'vitest'

import { as } from '../../support/api.ts'
import { asDocument, exported } from '../../support/given-exports.ts'
import { importing, importingOne } from '../../support/importing.ts'
import { historyOf } from '../../support/turns.ts'
import * as chatgpt from '../samples/chatgpt.ts'

const ann = await as.user()

const NIL = '00000000-0000-4000-8000-000000000000'
const said = (uuid: string, parent: string, more: object = {}) => ({
  uuid,
  sender: 'human',
  text: uuid,
  parent_message_uuid: parent,
  ...more,
})

async function treeOf(file: unknown) {
  const { conversations, warnings } = await importing(ann, file)
  const all = await historyOf(ann, conversations[0]?.id ?? '', 'all')
  return { warnings, kin: all.map((one) => `${one.id} < ${one.parent_id}`), all }
}

test('a first message that follows a nameless one is no orphan', async () => {
  const messages = [said('q', NIL), said('a', 'q', { sender: 'assistant' }), said('a2', 'q')]
  const { warnings, kin } = await treeOf({ uuid: 'c-nil', chat_messages: messages })
  expect(warnings).toEqual([])
  expect(kin).toEqual(['q < null', 'a < q', 'a2 < q'])
})

test('messages come after what they follow, whatever their times and their places in the file say', async () => {
  const messages = [
    said('late', 'q', { created_at: '2020-01-01T00:00:00Z' }),
    said('q', NIL, { created_at: '2024-01-01T00:00:00Z' }),
    said('mid', 'q', { created_at: '2024-01-02T00:00:00Z' }),
  ]
  const { kin } = await treeOf({
    uuid: 'c-times',
    chat_messages: messages,
    current_leaf_message_uuid: 'nowhere',
  })
  expect(kin).toEqual(['q < null', 'late < q', 'mid < q'])
})

test('thoughts that a person’s message holds are kept beside it', async () => {
  const content = [
    { type: 'text', text: 'Hi' },
    { type: 'thinking', thinking: 'Odd' },
  ]
  const { all } = await treeOf({ uuid: 'c-odd', chat_messages: [said('q', NIL, { content })] })
  expect(all).toMatchObject([{ role: 'user', content: 'Hi', parts: null }])
  expect(JSON.stringify(all[0]?.extra)).toContain('Odd')
})

test('what a message is too large to hold stays beside it in the conversation', async () => {
  const huge = 'x'.repeat(1_000_000)
  const messages = [said('q', NIL, { note: huge }), said('a', 'q', { sender: 'assistant' })]
  const { extra, messages: line } = await importingOne(ann, {
    uuid: 'c-huge',
    chat_messages: messages,
  })
  expect(line).toMatchObject([{ content: 'q', extra: null }, { content: 'a' }])
  expect(extra).toMatchObject({ messages: { q: { claude: { note: huge } } } })
})

test('thoughts before anything is said, and after all of it, are lost neither', async () => {
  const thoughts = (text: string) => ({ content_type: 'thoughts', thoughts: [{ content: text }] })
  const one = chatgpt.conversation('c-first', [
    chatgpt.node('t', { role: 'assistant', content: thoughts('First') }),
    chatgpt.node('a', { role: 'assistant' }),
    chatgpt.node('t2', { role: 'assistant', content: thoughts('Last') }),
  ])
  const { all } = await treeOf([one])
  expect(all).toMatchObject([
    {
      id: 'a',
      parts: [
        { type: 'reasoning', text: 'First' },
        { type: 'reasoning', text: 'Last' },
        { type: 'text', text: 'a' },
      ],
    },
  ])
  const alone = chatgpt.conversation('c-alone', [
    chatgpt.node('t', { role: 'assistant', content: thoughts('Alone') }),
  ])
  expect((await importing(ann, [alone])).warnings).toEqual([
    '1 conversation holds no message that can be shown.',
  ])
})

test('a file of Hilo’s own whose parents are not before their children is mended, and said so', async () => {
  const theirs = exported({
    messages: [{ id: 'm1' }, { id: 'm2', parent_id: 'm3' }, { id: 'm3', parent_id: 'gone' }],
    fields: { head_id: 'nobody' },
  })
  const { warnings, kin } = await treeOf(await asDocument([theirs]))
  expect(kin).toEqual(['m1 < null', 'm2 < m1', 'm3 < m2'])
  expect(warnings).toEqual([
    'Conversation 0: Message m2 follows m3, which does not come before it. It follows the one before it.',
    'Conversation 0: Message m3 follows gone, which does not come before it. It follows the one before it.',
  ])
})

test('a message that is changed again and again is kept each time, and each once', async () => {
  const version = (content: string) =>
    exported({
      messages: [{ id: 'm1' }, { id: 'm2', content }],
      fields: { id: '0198c0de-0000-7000-8000-00000000beef' },
    })
  for (const content of ['one', 'two', 'three', 'two', 'one']) {
    await importing(ann, await asDocument([version(content)]))
  }
  const { kin } = await treeOf(await asDocument([version('three')]))
  expect(kin).toEqual(['m1 < null', 'm2 < m1', 'm2.2 < m1', 'm2.3 < m1'])
})

test('of parts that a message can not have the others stay, and all are kept as they were', async () => {
  const parts = [
    { type: 'text', text: 't', cache_control: {} },
    { type: 'weird', q: 1 },
    { type: 'reasoning', text: 'of a person' },
  ]
  const theirs = exported({ messages: [{ id: 'm1', parts: parts as never, extra: 's' as never }] })
  const { messages, extra } = await importingOne(ann, await asDocument([theirs]))
  expect(messages).toMatchObject([{ parts: [{ type: 'weird', q: 1 }], extra: null }])
  expect(extra).toMatchObject({
    originals: { 'messages/m1/parts': parts, 'messages/m1/extra': 's' },
  })
})

test('what has neither text nor picture goes through ChatGPT’s form by its name', async () => {
  const theirs = exported({
    messages: [
      { id: 'm1', content: '', parts: [{ type: 'data', name: 'weather', data: 1 }] },
      { id: 'm2', content: '', parts: [{ type: 'x-odd' }, { type: 'file', file: {} }] },
      { id: 'm3', content: '', parts: [{ type: 'source', url: 'https://a.test' }] },
    ],
  })
  const { id } = await importingOne(ann, await asDocument([theirs]))
  const tree = await (await ann.get(`/api/conversations/${id}/export?format=chatgpt`)).json()
  const { messages } = await importingOne(await as.user(), tree)
  expect(messages.map(({ content }) => content)).toEqual([
    '[weather]',
    '[x-odd] [file]',
    'https://a.test',
  ])
})
