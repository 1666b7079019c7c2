import { expect, test } from 'vitest'

import { type Client, type Conversation, as, bodyOf } from '../../../support/api.ts'
import { givenConversation } from '../../../support/given.ts'
import { pointersOf, problemOf } from '../../../support/problems.ts'

const ann = crypto.randomUUID()
const service = as.service('backend', `user:${ann}`)
const user = await as.user(ann)
const id = await givenConversation(user)

/** What JSON can say and neither JSON nor SQLite gives back as it came. */
const unkeepable = ['\uD800', 'a\uDC00b', '\uDC00\uD800', 'a\0b']

type At = (text: string) => object
const message = (more: object) => ({ messages: [{ role: 'user', content: 'Hi', ...more }] })
const call = (changed: object, name = 'f', args = '{}') => ({
  messages: [
    {
      role: 'assistant',
      content: '',
      tool_calls: [{ id: 'c', type: 'function', function: { name, arguments: args }, ...changed }],
    },
  ],
})

const fields: [field: string, at: At, pointer: string][] = [
  ['title', (text) => ({ title: text }), '/title'],
  ['topic', (text) => ({ topic: text }), '/topic'],
  ['language', (text) => ({ language: text }), '/language'],
  ['a value of metadata', (text) => ({ metadata: { key: text } }), '/metadata/key'],
]

const messageFields: [field: string, at: At, pointer: string][] = [
  ['id', (text) => message({ id: text }), 'id'],
  ['content', (text) => message({ content: text }), 'content'],
  ['a part', (text) => message({ parts: [{ type: 'text', text }] }), 'parts/0/text'],
  [
    'the url of an image',
    (text) => message({ parts: [{ type: 'image_url', image_url: { url: text } }] }),
    'parts/0/image_url/url',
  ],
  ...['file_id', 'filename', 'file_data'].map((name): [string, At, string] => [
    name,
    (text) => message({ parts: [{ type: 'file', file: { [name]: text } }] }),
    `parts/0/file/${name}`,
  ]),
  ['the id of a call', (text) => call({ id: text }), 'tool_calls/0/id'],
  ['the name of a function', (text) => call({}, text), 'tool_calls/0/function/name'],
  ['its arguments', (text) => call({}, 'f', text), 'tool_calls/0/function/arguments'],
  [
    'the call that a tool answers',
    (text) => message({ role: 'tool', tool_call_id: text }),
    'tool_call_id',
  ],
  ['model', (text) => message({ model: text }), 'model'],
  ['finish_reason', (text) => message({ role: 'assistant', finish_reason: text }), 'finish_reason'],
]

/** The place at which each of those texts is refused, one answer a text. */
const refusals = async (client: Client, method: string, path: string, at: At) =>
  Promise.all(
    unkeepable.map(async (text) => {
      const problem = await problemOf(client.request(method, path, at(text)))
      return { type: problem.type, pointers: pointersOf(problem) }
    }),
  )

const everyTimeAt = (pointer: string) =>
  unkeepable.map(() => ({
    type: '/problems/invalid-request',
    pointers: expect.arrayContaining([pointer]),
  }))

test.each(fields)('refuses what can not be kept in %s', async (_, at, pointer) => {
  const path = `/api/conversations/${id}`
  expect(await refusals(user, 'POST', '/api/conversations', at)).toEqual(everyTimeAt(pointer))
  expect(await refusals(user, 'PATCH', path, at)).toEqual(everyTimeAt(pointer))
})

test.each(messageFields)('refuses what can not be kept in %s', async (_, at, pointer) => {
  for (const path of ['', `/${id}/messages`, `/${id}/continue`]) {
    expect(await refusals(service, 'POST', `/api/conversations${path}`, at)).toEqual(
      everyTimeAt(`/messages/0/${pointer}`),
    )
  }
})

test('refuses what can not be kept in a key of metadata', async () => {
  for (const text of unkeepable) {
    const body = { metadata: { [text]: 'value' } }
    for (const answer of [
      user.post('/api/conversations', body),
      user.patch(`/api/conversations/${id}`, body),
    ]) {
      expect(await problemOf(answer)).toMatchObject({ status: 422 })
    }
  }
})

const tool = (more: object) => ({ tools: [{ type: 'function', function: { name: 'f', ...more } }] })

test.each<[field: string, at: At, pointer: string]>([
  ['model', (text) => ({ model: text }), '/model'],
  ['the name of a tool', (text) => tool({ name: text }), '/tools/0/function/name'],
  ['what a tool is for', (text) => tool({ description: text }), '/tools/0/function/description'],
])('refuses what can not be told in %s', async (_, at, pointer) => {
  const path = `/api/conversations/${id}/continue`
  const asked = await refusals(service, 'POST', path, (text) => ({ ...message({}), ...at(text) }))
  expect(asked).toEqual(everyTimeAt(pointer))
})

test('has stored nothing of all that', async () => {
  const {
    message_count: count,
    title,
    metadata,
  } = await bodyOf<Conversation>(user.get(`/api/conversations/${id}`))
  expect({ count, title, metadata }).toEqual({ count: 0, title: null, metadata: {} })
})

const proto = (value: string) => `{"metadata":{"__proto__":${value}}}`

test.each(['"x"', '{"isAdmin":"yes"}', 'null'])(
  'takes __proto__ for no key of metadata: %s',
  async (value) => {
    for (const [method, path] of [
      ['POST', '/api/conversations'],
      ['PATCH', `/api/conversations/${id}`],
    ] as const) {
      const body: unknown = JSON.parse(proto(value))
      const problem = await problemOf(user.request(method, path, body))
      expect(problem).toMatchObject({ status: 422 })
      expect(pointersOf(problem)).toEqual(['/metadata'])
    }
  },
)

test.each(['constructor', 'toString', 'hasOwnProperty', '__proto', 'ключ', '😀', ' '])(
  'keeps %j as any other key of metadata',
  async (key) => {
    const body = { metadata: { [key]: 'value' } }
    const created = await bodyOf<Conversation>(user.post('/api/conversations', body))
    expect(created.metadata).toEqual(body.metadata)
    const path = `/api/conversations/${created.id}`
    const patched = await bodyOf<Conversation>(user.patch(path, { metadata: { other: 'more' } }))
    expect(patched.metadata).toEqual({ ...body.metadata, other: 'more' })
    const removed = await bodyOf<Conversation>(user.patch(path, { metadata: { [key]: null } }))
    expect(removed.metadata).toEqual({ other: 'more' })
  },
)

test.each([
  '😀',
  'e\u0301',
  '\u{FEFF}',
  '\u2028',
  '\u0001',
  '\r\n',
  "'; DROP TABLE messages; --",
  ' ',
])('gives back %j as it came', async (text) => {
  const created = await user.post('/api/conversations', {
    title: text,
    topic: text,
    metadata: { text },
    messages: [{ id: 'm', role: 'user', content: text }],
  })
  expect(created.status).toBe(201)
  const { id: made } = await bodyOf<Conversation>(created)
  expect(await bodyOf(user.get(`/api/conversations/${made}`))).toMatchObject({
    title: text,
    topic: text,
    metadata: { text },
    messages: [{ content: text }],
  })
})
