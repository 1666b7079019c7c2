import { expect, test } from 'vitest'

import { type Conversation, as, at, bodyOf } from '../../../support/api.ts'
import { type Footer, linesOf, sha256Of, textOf } from '../../../support/exports.ts'
import { type Exported } from '../../../support/given-exports.ts'
import { givenConversation, userMessages } from '../../../support/given.ts'
import { problemOf } from '../../../support/problems.ts'
import { updatedAt } from '../../../support/record.ts'
import { historyOf } from '../../../support/turns.ts'

const rich = [
  { id: 'q', role: 'user', content: 'مرحبا 👩‍👩‍👧 "quoted" \u2028 </script>\n```js\nlet a\n```' },
  {
    id: 'p',
    role: 'user',
    parts: [
      { type: 'text', text: 'Look' },
      { type: 'image_url', image_url: { url: 'https://x.test/i.png', detail: 'low' } },
    ],
  },
  {
    id: 'c',
    role: 'assistant',
    content: 'Half of i',
    status: 'interrupted',
    model: 'm-1',
    tokens_used: 3,
    tool_calls: [{ id: 'c1', type: 'function', function: { name: 'look', arguments: '{}' } }],
  },
  { id: 'r', role: 'tool', tool_call_id: 'c1', content: '' },
]

async function givenRich() {
  const ann = as.service('backend', `user:${crypto.randomUUID()}`)
  const body = { title: 'Ñu "x"', language: 'en', metadata: { b: '1', 2: 'z', a: '' } }
  const id = await givenConversation(ann, { ...body, messages: rich })
  return { ann, id }
}

test('gives a conversation out as it is, line by line, with a footer that proves it whole', async () => {
  const { ann, id } = await givenRich()
  const before = Date.now()
  const response = await ann.get(`${at(id)}/export`)
  expect(response.status).toBe(200)
  expect(response.headers.get('content-type')).toBe('application/x-ndjson')
  expect(response.headers.get('cache-control')).toBe('no-store')
  expect(response.headers.get('content-disposition')).toBe(
    `attachment; filename="Nu x.ndjson"; filename*=UTF-8''%C3%91u%20x.ndjson`,
  )
  const { header, conversations, messages, order, end } = await linesOf(response)
  expect(header).toMatchObject({ object: 'hilo.export', version: 1 })
  expect(Date.parse(header.exported_at)).toBeGreaterThanOrEqual(before)
  const {
    messages: _,
    has_more: __,
    next_cursor: ___,
    ...standing
  } = await bodyOf<Conversation & { messages: unknown; has_more: unknown; next_cursor: unknown }>(
    ann.get(at(id)),
  )
  expect(conversations).toEqual([{ ...standing, extra: null }])
  const history = await historyOf(ann, id)
  expect(messages).toEqual(history.map(({ siblings: _siblings, ...message }) => message))
  expect(messages).toHaveLength(4)
  const between = ['conversation', ...messages.map(() => 'message')]
  expect(order).toEqual(['hilo.export', ...between, 'hilo.export.end'])
  expect(end).toMatchObject({ conversations: 1, messages: 4, next_cursor: null })
})

type Document = {
  object: string
  version: number
  conversations: Exported[]
  end: Footer
}

test('gives the same as one document, whose digest is that of the lines', async () => {
  const { ann, id } = await givenRich()
  const other = await givenConversation(ann)
  const response = await ann.get('/api/export?format=json')
  expect(response.headers.get('content-type')).toBe('application/json')
  const document = await bodyOf<Document>(response)
  const lines = await linesOf(await ann.get('/api/export?format=ndjson'))
  expect(document).toMatchObject({ object: 'hilo.export', version: 1 })
  expect(document.conversations.map((one) => one.id)).toEqual([id, other].toSorted())
  expect(document.conversations.flatMap(({ messages }) => messages)).toEqual(lines.messages)
  expect(document.conversations).toMatchObject(lines.conversations)
  const inner = lines.text.split('\n').slice(1, -2).join('\n')
  expect(document.end).toEqual({
    conversations: 2,
    messages: 4,
    sha256: await sha256Of(`${inner}\n`),
    next_cursor: null,
  })
})

test('is empty and whole when there is nothing', async () => {
  const ann = await as.user()
  const lines = await linesOf(await ann.get('/api/export'))
  expect(lines.order).toEqual(['hilo.export', 'hilo.export.end'])
  expect(lines.end).toMatchObject({ conversations: 0, messages: 0 })
  const document = await bodyOf<Document>(ann.get('/api/export?format=json'))
  expect(document.conversations).toEqual([])
  for (const format of ['markdown', 'html', 'openai', 'chatgpt', 'csv']) {
    expect((await ann.get(`/api/export?format=${format}`)).status).toBe(200)
  }
})

test('has the archived too, unless it is asked for some', async () => {
  const ann = await as.user()
  const [active, archived] = [await givenConversation(ann), await givenConversation(ann)]
  await ann.delete(at(archived))
  const ids = async (query: string) =>
    (await linesOf(await ann.get(`/api/export${query}`))).conversations.map(({ id }) => id)
  expect(await ids('')).toEqual([active, archived].toSorted())
  expect(await ids('?status=all')).toEqual([active, archived].toSorted())
  expect(await ids('?status=active')).toEqual([active])
  expect(await ids('?status=archived')).toEqual([archived])
})

test("exports nobody's but the caller's, and for a service the owner's it names", async () => {
  const name = crypto.randomUUID()
  const [user, session] = [await as.user(name), await as.session(name)]
  const [ofUser, ofSession] = [await givenConversation(user), await givenConversation(session)]
  const ids = async (client: typeof user) =>
    (await linesOf(await client.get('/api/export'))).conversations.map(({ id }) => id)
  expect(await ids(user)).toEqual([ofUser])
  expect(await ids(session)).toEqual([ofSession])
  expect(await ids(as.service('backend', `session:${name}`))).toEqual([ofSession])
  for (const staff of [as.service('staff'), as.service('backend')]) {
    expect(await problemOf(staff.get('/api/export'))).toMatchObject({ status: 403 })
  }
  expect((await as.nobody.get('/api/export')).status).toBe(401)
  const one = await linesOf(await as.service('staff').get(`${at(ofUser)}/export`))
  expect(one.conversations.map(({ id }) => id)).toEqual([ofUser])
})

test('has what was acknowledged before it began, whether the record has it or not', async () => {
  const ann = await as.user()
  const id = await givenConversation(ann)
  await ann.post(`${at(id)}/messages`, { messages: userMessages(3) })
  const { messages, conversations } = await linesOf(await ann.get('/api/export'))
  expect(messages.map((message) => message.id)).toEqual(['m1', 'm2', 'm3'])
  expect(conversations[0]).toMatchObject({ message_count: 3 })
})

test('goes by an order that using a conversation does not change', async () => {
  const ann = await as.user()
  const ids = [await givenConversation(ann), await givenConversation(ann)]
  const order = async () =>
    (await linesOf(await ann.get('/api/export'))).conversations.map(({ id }) => id)
  expect(await order()).toEqual(ids.toSorted())
  await updatedAt(ids[0]!, Date.now() + 1_000)
  expect(await order()).toEqual(ids.toSorted())
  await updatedAt(ids[1]!, Date.now() + 2_000)
  expect(await order()).toEqual(ids.toSorted())
})

test.each([
  ['ndjson', 'application/x-ndjson', 'ndjson'],
  ['json', 'application/json', 'json'],
  ['markdown', 'text/markdown; charset=utf-8', 'md'],
  ['html', 'text/html; charset=utf-8', 'html'],
  ['openai', 'application/jsonl', 'jsonl'],
  ['sharegpt', 'application/jsonl', 'jsonl'],
  ['chatgpt', 'application/json', 'json'],
  ['csv', 'text/csv; charset=utf-8', 'csv'],
])('says what it is: %s', async (format, type, extension) => {
  const { ann, id } = await givenRich()
  for (const path of [`${at(id)}/export`, '/api/export']) {
    const response = await ann.get(`${path}?format=${format}`)
    expect(response.headers.get('content-type')).toBe(type)
    const disposition = response.headers.get('content-disposition')
    expect(disposition).toMatch(new RegExp(String.raw`^attachment; .*\.${extension}$`))
    expect(await textOf(response)).toContain('مرحبا 👩‍👩‍👧')
  }
})

test('names the file of everything after the day', async () => {
  const response = await (await as.user()).get('/api/export')
  expect(response.headers.get('content-disposition')).toMatch(
    /^attachment; filename="hilo-\d{4}-\d\d-\d\d\.ndjson"; filename\*=UTF-8''hilo-[\d-]+\.ndjson$/,
  )
  await response.body?.cancel()
})
