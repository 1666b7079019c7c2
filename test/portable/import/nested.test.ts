import { expect, test } from 'vitest'

import { as } from '../../support/api.ts'
import { importedAs, importing, importingOne, lineOf, upload } from '../../support/importing.ts'

const ann = await as.user()

const said = [
  { role: 'user', content: 'q' },
  { role: 'assistant', content: 'a' },
]
const one = (id: string) => ({ id, title: `T ${id}`, messages: said })

test.each([
  ['a list', { data: [one('1'), one('2')], total: 2 }],
  ['a list of another name', { items: [one('1'), one('2')], folders: [{ id: 'f' }] }],
  ['a list within', { data: { conversations: [one('1'), one('2')] }, ok: true }],
  ['two lists', { active: [one('1')], archived: [one('2')] }],
  ['a store', { 'chat-store': { sessions: [one('1'), one('2')], index: 0 }, access: {} }],
  ['names that are their ids', { 1: { ...one('1'), id: undefined }, 2: one('2') }],
])('finds conversations in %s', async (name, file) => {
  const answer = await importing(await as.user(), JSON.stringify(file))
  expect([name, answer.imported, answer.failed]).toEqual([name, 2, 0])
  expect(answer.conversations).toMatchObject([{ source_id: '1' }, { source_id: '2' }])
})

test('one conversation within an object is found; one that has words beside it is not', async () => {
  const { conversation, messages } = await importingOne(ann, { data: one('x') })
  expect(conversation.title).toBe('T x')
  expect(messages.map(lineOf)).toEqual(['user: q', 'assistant: a'])
  const compared = { input: { messages: [said[0]] }, preferred_output: [said[1]] }
  expect((await upload(ann, JSON.stringify(compared))).status).toBe(422)
  expect(
    (await upload(ann, `${JSON.stringify(compared)}\n${JSON.stringify(compared)}`)).status,
  ).toBe(422)
})

test.each([
  ['sender', { sender: 'user', text: 'q' }, { sender: 'bot', text: 'a' }],
  ['author', { author: 'Human', content: 'q' }, { author: { role: 'assistant' }, content: 'a' }],
  ['from', { from: 'me', message: 'q' }, { from: 'AI', message: 'a' }],
  ['speaker', { speaker: 'You', content: 'q' }, { speaker: 'ChatGPT', content: 'a' }],
  ['type', { type: 'human', content: 'q' }, { type: 'ai', content: 'a' }],
  ['role', { role: 'Question', content: 'q' }, { role: 'Answer', content: 'a' }],
])('knows who speaks by %s', async (_, asked, answered) => {
  const { messages } = await importingOne(ann, [{ messages: [asked, answered] }])
  expect(messages.map(lineOf)).toEqual(['user: q', 'assistant: a'])
})

test('what a conversation says in two fields of one meaning is lost in neither', async () => {
  const more = { name: 'Also', uuid: 'u', timestamp: 1_700_000_000 }
  const file = { ...one('two'), ...more, created_at: '2023-01-02T03:04:05Z' }
  const { conversation, extra } = await importingOne(ann, [file])
  expect(conversation).toMatchObject({ title: 'T two', created_at: '2023-01-02T03:04:05.000Z' })
  expect(extra).toMatchObject({ fields: more })
  const twice = { ...said[0], id: 'm', uuid: 'u', created: 1_700_000_000, date: 'today' }
  const { messages } = await importingOne(ann, [{ id: 'three', messages: [twice] }])
  expect(messages[0]?.extra).toMatchObject({ generic: { uuid: 'u', created: 1_700_000_000 } })
})

test('a model may be an object, whose id it is', async () => {
  const model = { id: 'gpt-4', name: 'GPT-4', tokenLimit: 24_000 }
  const { messages, extra } = await importingOne(ann, {
    version: 4,
    history: [{ ...one('m'), model }],
  })
  expect(messages.map((message) => message.model)).toEqual([null, 'gpt-4'])
  expect(extra).toMatchObject({ fields: { model } })
})

test('data sets name their turns and models otherwise', async () => {
  const { conversations } = await importing(ann, [
    { conversation_id: 'lmsys', model: 'vicuna', conversation: said },
    {
      id: 'bing',
      conversations: [
        { from: 'human', value: 'q' },
        { from: 'bing', value: 'a' },
      ],
    },
    {
      id: 'GPT',
      conversations: [
        { from: 'Human', value: 'q' },
        { from: 'GPT', value: 'a' },
      ],
    },
  ])
  expect(conversations.map((each) => each.source_id)).toEqual(['lmsys', 'bing', 'GPT'])
  for (const { id } of conversations) {
    const { messages } = await importedAs(ann, id)
    expect(messages.map(lineOf)).toEqual(['user: q', 'assistant: a'])
  }
})

test.each([
  ['a line each', said.map((message) => JSON.stringify(message)).join('\n')],
  ['a list in a list', JSON.stringify([said])],
  ['a list in an object', JSON.stringify({ chats: [said] })],
])('messages alone, %s, are one conversation', async (_, file) => {
  const { conversations, failed } = await importing(await as.user(), file)
  expect([conversations, failed]).toMatchObject([[{ added: 2 }], 0])
})

test('of messages a line each one that can’t be read takes the conversation with it', async () => {
  const lines = [...said, ...said].map((message) => JSON.stringify(message))
  const broken = await upload(ann, lines.with(1, '{broken').join('\n'))
  expect([broken.status, await broken.text()]).toEqual([
    422,
    expect.stringContaining('can not be read'),
  ])
  const cut = await upload(ann, `${lines.join('\n')}\n{"role":"us`)
  expect([cut.status, await cut.text()]).toEqual([422, expect.stringContaining('in the middle')])
})
