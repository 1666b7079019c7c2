import { expect, test } from 'vitest'

import { type Conversation, as, bodyOf, send, sendWith } from '../../support/api.ts'
import { givenConversation } from '../../support/given.ts'
import { pointersOf, problemOf } from '../../support/problems.ts'
import { bodyFor, operations, placed } from '../../support/routes.ts'

const ann = await as.user()
const id = await givenConversation(ann)
const MB = 1024 * 1024

// A file is read in a way of its own.
const taking = (await operations()).filter(
  (route) => bodyFor(route) && !['/api/import', '/api/files'].includes(route.path),
)
const pathOf = (path: string) => placed(path, id)

const sending = (
  body: BodyInit,
  headers: Record<string, string> = { 'content-type': 'application/json' },
  { method, path } = { method: 'POST', path: '/api/conversations' },
) => send(pathOf(path), { method, body, headers: { ...ann.headers, ...headers } })

test.each(taking)('refuses what is no JSON: $method $path', async (route) => {
  for (const body of ['{', '{"a":}', "{'a': 1}", 'null null', '\u{FEFF}{']) {
    const problem = await problemOf(sending(body, undefined, route))
    expect(problem).toMatchObject({ type: '/problems/malformed-json', status: 400 })
  }
})

test.each([
  ['an overlong encoding', [0xc0, 0xaf]],
  ['a half of a character', [0xc3]],
  ['an encoded surrogate', [0xed, 0xa0, 0x80]],
  ['Latin-1', [0xf1]],
])('refuses %s, which is not UTF-8', async (_, bytes) => {
  const [before = '', after = ''] = JSON.stringify({ title: 'a-b' }).split('-')
  const encode = (text: string) => [...new TextEncoder().encode(text)]
  const body = new Uint8Array([...encode(before), ...bytes, ...encode(after)])
  expect(await problemOf(sending(body))).toMatchObject({
    type: '/problems/malformed-json',
    detail: 'Send JSON, encoded as UTF-8.',
  })
})

test.each([
  'text/plain',
  'application/x-www-form-urlencoded',
  'multipart/form-data; boundary=x',
  'application/jsonp',
  'application/xml',
  'json',
])('refuses a body that says it is %s', async (type) => {
  for (const route of taking) {
    const problem = await problemOf(sending('{"title":"Hi"}', { 'content-type': type }, route))
    expect(problem).toMatchObject({ type: '/problems/unsupported-media-type', status: 415 })
  }
})

test('refuses a body that does not say what it is', async () => {
  const body = new TextEncoder().encode('{"title":"Hi"}')
  const problem = await problemOf(sending(body, {}))
  expect(problem).toMatchObject({ type: '/problems/unsupported-media-type', status: 415 })
})

test.each([
  'application/json',
  'application/json; charset=utf-8',
  'application/json;charset=UTF-8',
  'Application/JSON',
  'application/vnd.api+json',
  'application/merge-patch+json; charset="utf-8"',
])('reads a body that says it is %s', async (type) => {
  const response = await sending('\u{FEFF}{"title":"Hi"}', { 'content-type': type })
  expect(response.status).toBe(201)
  expect(await bodyOf<Conversation>(response)).toMatchObject({ title: 'Hi' })
})

test('takes no body for an empty one', async () => {
  expect((await ann.post('/api/conversations')).status).toBe(201)
  expect((await ann.patch(`/api/conversations/${id}`)).status).toBe(200)
  for (const path of ['messages', 'continue']) {
    const problem = await problemOf(ann.post(`/api/conversations/${id}/${path}`))
    expect(pointersOf(problem)).toEqual(['/messages'])
  }
})

test('takes no empty body for JSON when it says that it is', async () => {
  expect(await problemOf(sending(''))).toMatchObject({ type: '/problems/malformed-json' })
})

const big = (bytes: number) => {
  const frame = JSON.stringify({ title: '' })
  return frame.replace('""', `"${'a'.repeat(bytes - frame.length)}"`)
}

const streamed = (text: string) =>
  new ReadableStream({
    start(controller) {
      const bytes = new TextEncoder().encode(text)
      for (let at = 0; at < bytes.length; at += 100_000) {
        controller.enqueue(bytes.subarray(at, at + 100_000))
      }
      controller.close()
    },
  })

test.each(taking)('refuses a body over 1 MiB: $method $path', async (route) => {
  const body = big(MB + 1)
  const declared = { 'content-type': 'application/json', 'content-length': String(MB + 1) }
  for (const answer of [
    sending(body, declared, route),
    // Nobody says how long it is.
    sendWith({}, pathOf(route.path), {
      method: route.method,
      body: streamed(body),
      headers: { ...ann.headers, 'content-type': 'application/json' },
    }),
  ]) {
    expect(await problemOf(answer)).toMatchObject({
      type: '/problems/body-too-large',
      status: 413,
      detail: expect.stringContaining('1048576 bytes'),
    })
  }
})

test('reads a body of 1 MiB, whether it says its length or not', async () => {
  const body = big(MB)
  const tooLong = expect.stringMatching(/255/)
  for (const answer of [
    sending(body),
    sendWith({}, '/api/conversations', {
      method: 'POST',
      body: streamed(body),
      headers: { ...ann.headers, 'content-type': 'application/json' },
    }),
  ]) {
    const { status, errors } = await problemOf(answer)
    expect([status, errors]).toEqual([422, [{ pointer: '/title', detail: tooLong }]])
  }
})

const says = { role: 'user', content: 'Hello' }
const invalid: [body: unknown, pointers: string[], method: string, path: string][] = [
  [null, [''], 'POST', ''],
  [[], [''], 'POST', ''],
  ['text', [''], 'POST', ''],
  [{ owner: 'bob' }, [''], 'POST', ''],
  [{ title: 1, topic: '' }, ['/title', '/topic'], 'POST', ''],
  [{ title: 'a'.repeat(256) }, ['/title'], 'POST', ''],
  [{ topic: 'a'.repeat(101) }, ['/topic'], 'POST', ''],
  [{ id: 'not-a-uuid' }, ['/id'], 'POST', ''],
  [{ language: 'not a language' }, ['/language'], 'POST', ''],
  [{ metadata: { 'a/b~c': 1 } }, ['/metadata/a~1b~0c'], 'POST', ''],
  [{ metadata: { ['a'.repeat(65)]: 'b' } }, [`/metadata/${'a'.repeat(65)}`], 'POST', ''],
  [{ metadata: { a: 'b'.repeat(513) } }, ['/metadata/a'], 'POST', ''],
  [
    { metadata: Object.fromEntries(Array.from({ length: 17 }, (_, n) => [n, ''])) },
    ['/metadata'],
    'POST',
    '',
  ],
  [
    { messages: [says, { role: 'robot', content: 1 }] },
    ['/messages/1/role', '/messages/1/content'],
    'POST',
    '',
  ],
  [{ is_active: 'yes', language: null }, ['/language', '/is_active'], 'PATCH', '/{id}'],
  [{ user_id: 'bob' }, [''], 'PATCH', '/{id}'],
  [{}, ['/messages'], 'POST', '/{id}/messages'],
  [{ messages: [] }, ['/messages'], 'POST', '/{id}/messages'],
  [{ messages: Array.from({ length: 101 }, () => says) }, ['/messages'], 'POST', '/{id}/messages'],
  [{ messages: [says], expected_seq: -1 }, ['/expected_seq'], 'POST', '/{id}/messages'],
  [{ messages: [{ ...says, origin: 'model' }] }, ['/messages/0'], 'POST', '/{id}/messages'],
  [{ messages: [{ ...says, id: 'a b' }] }, ['/messages/0/id'], 'POST', '/{id}/messages'],
  [{ messages: [{ role: 'user' }] }, ['/messages/0/content'], 'POST', '/{id}/messages'],
  [
    { messages: [{ role: 'user', content: '' }] },
    ['/messages/0/content'],
    'POST',
    '/{id}/messages',
  ],
  [
    { messages: [{ role: 'user', content: 'é'.repeat(128 * 1024 + 1) }] },
    ['/messages/0/content'],
    'POST',
    '/{id}/messages',
  ],
  [
    { messages: [says], tools: [{ type: 'function' }] },
    ['/tools/0/function'],
    'POST',
    '/{id}/continue',
  ],
  [{ messages: [says], stream: true }, [''], 'POST', '/{id}/continue'],
]

test.each(invalid)('points at what is wrong: %j', async (body, pointers, method, path) => {
  const answer = ann.request(method, pathOf(`/api/conversations${path}`), body)
  const problem = await problemOf(answer)
  expect(problem).toMatchObject({ type: '/problems/invalid-request', status: 422 })
  expect(pointersOf(problem).toSorted()).toEqual(pointers.toSorted())
})
