import { env } from 'cloudflare:workers'
import { expect, test } from 'vitest'

import { type Appended, append, as, bodyOf } from '../../../support/api.ts'
import { givenConversation } from '../../../support/given.ts'
import { eventually, recordOf } from '../../../support/record.ts'
import { historyOf } from '../../../support/turns.ts'

const rowsOf = async (id: string) => {
  const { results } = await env.DB.prepare(
    'SELECT content, parts, tool_calls, tool_call_id FROM messages WHERE conversation_id = ? ORDER BY seq',
  )
    .bind(id)
    .all<Record<'content' | 'parts' | 'tool_calls' | 'tool_call_id', string | null>>()
  return results
}

// What an encoding might trip over: quotes and backslashes of every depth, separators, pairs, right to left.
const awkward =
  '"\'`\\ \\" \\\\" \n\r\t\b\f\u0001\u007F\u2028\u2029 <>&%_;-- 👩‍👩‍👧 ‏עברית e\u0301 \uFEFF \uFFFD'

test('gives every part back as it came, from the object and in the record', async () => {
  // Only a service names files of the provider.
  const ann = as.service('backend', `user:${crypto.randomUUID()}`)
  const id = await givenConversation(ann)
  const parts = [
    { type: 'text', text: awkward },
    { type: 'image_url', image_url: { url: `https://x.test/${awkward}`, detail: 'high' } },
    { type: 'image_url', image_url: { url: 'data:image/png;base64,iVBORw0KGgo=' } },
    { type: 'file', file: { file_id: 'f1' } },
    { type: 'file', file: { filename: awkward, file_data: 'data:text/plain;base64,SGk=' } },
    { type: 'text', text: 'the end' },
  ]
  const sent = [
    { role: 'user', parts },
    { role: 'user', content: 'In short', parts },
    { role: 'user', content: awkward },
    { role: 'user', content: '' + '​ ' },
  ]
  const response = await append(ann, id, sent)
  expect(response.status).toBe(201)
  const { messages } = await bodyOf<Appended>(response)
  expect(messages.map((message) => message.parts)).toEqual([parts, parts, null, null])
  const contents = [`${awkward}\nthe end`, 'In short', awkward, '​ ']
  expect(messages.map(({ content }) => content)).toEqual(contents)
  expect(await historyOf(ann, id)).toEqual(messages)
  await eventually(async () => (await recordOf(id)).length === 4)
  const rows = await rowsOf(id)
  expect(rows.map(({ content }) => content)).toEqual(contents)
  const json = JSON.stringify(parts)
  expect(rows.map((row) => row.parts)).toEqual([json, json, null, null])
})

test('gives tool calls and their results back as they came', async () => {
  const backend = as.service('backend', `user:${crypto.randomUUID()}`)
  const id = await givenConversation(backend)
  const calls = [
    {
      id: 'c1',
      type: 'function',
      function: { name: 'search', arguments: JSON.stringify({ q: awkward }) },
    },
    { id: 'c2', type: 'function', function: { name: 'now', arguments: '' } },
  ]
  const { messages } = await bodyOf<Appended>(
    append(backend, id, [
      { role: 'assistant', tool_calls: calls },
      { role: 'tool', tool_call_id: 'c1', content: awkward },
      { role: 'tool', tool_call_id: 'c2', content: '' },
    ]),
  )
  expect(messages.map((message) => message.tool_calls)).toEqual([calls, null, null])
  expect(messages.map((message) => message.tool_call_id)).toEqual([null, 'c1', 'c2'])
  expect(await historyOf(backend, id)).toEqual(messages)
  await eventually(async () => (await recordOf(id)).length === 3)
  expect(await rowsOf(id)).toEqual([
    { content: '', parts: null, tool_calls: JSON.stringify(calls), tool_call_id: null },
    { content: awkward, parts: null, tool_calls: null, tool_call_id: 'c1' },
    { content: '', parts: null, tool_calls: null, tool_call_id: 'c2' },
  ])
})

const KIB_256 = 256 * 1024
const ofText = (content: string) => ({ role: 'user', content })
const ofParts = (text: string) => ({ role: 'user', parts: [{ type: 'text', text }] })

test.for([
  ['plain text', ofText('x'.repeat(KIB_256)), ofText('x'.repeat(KIB_256 + 1)), 'content'],
  [
    'text of two bytes each',
    ofText('é'.repeat(KIB_256 / 2)),
    ofText(`${'é'.repeat(KIB_256 / 2)}x`),
    'content',
  ],
  ['the text of parts', ofParts('x'.repeat(KIB_256)), ofParts('x'.repeat(KIB_256 + 1)), 'parts'],
] as const)('takes 256 KiB of %s and no byte more', async ([, most, more, field]) => {
  const ann = await as.user()
  const id = await givenConversation(ann)
  expect((await append(ann, id, [most])).status).toBe(201)
  const refused = await append(ann, id, [ofText('first'), more])
  expect(refused.status).toBe(422)
  expect(await refused.json()).toMatchObject({ errors: [{ pointer: `/messages/1/${field}` }] })
  expect(await historyOf(ann, id)).toHaveLength(1)
  await eventually(async () => (await recordOf(id)).length === 1)
})

/** A message of exactly so many bytes of JSON. */
function messageOf(bytes: number, filling: string) {
  const message = (fill: string) => ({
    role: 'user',
    content: '',
    parts: [{ type: 'data', name: 'd', data: fill }],
  })
  const size = (value: unknown) => new TextEncoder().encode(JSON.stringify(value)).byteLength
  const room = bytes - size(message(''))
  const each = size(filling) - 2
  return message(filling.repeat(Math.floor(room / each)) + 'x'.repeat(room % each))
}

test.for([
  ['letters', 'x'],
  ['quotes, which take two bytes', '"'],
  ['emoji', '👩'],
] as const)(
  'takes a message of 900,000 bytes of JSON and no byte more: %s',
  async ([, filling]) => {
    const ann = await as.user()
    const id = await givenConversation(ann)
    const most = messageOf(900_000, filling)
    expect((await append(ann, id, [most])).status).toBe(201)
    const refused = await append(ann, id, [messageOf(900_001, filling)])
    expect(refused.status).toBe(422)
    expect(await refused.json()).toMatchObject({ errors: [{ pointer: '/messages/0' }] })
    expect((await historyOf(ann, id)).map(({ parts }) => parts)).toEqual([most.parts])
    await eventually(async () => (await recordOf(id)).length === 1)
    expect((await rowsOf(id))[0]?.parts).toBe(JSON.stringify(most.parts))
  },
)

test('refuses a body of more than 1 MiB', async () => {
  const ann = await as.user()
  const id = await givenConversation(ann)
  const text = ofText('x'.repeat(KIB_256))
  const refused = await append(ann, id, [text, text, text, text])
  expect(refused.status).toBe(413)
  expect(await refused.json()).toMatchObject({ type: '/problems/body-too-large' })
  expect(await historyOf(ann, id)).toEqual([])
})

test.for([
  ['/messages/0/content', ofText('')],
  ['/messages/0/content', { role: 'user' }],
  ['/messages/0/content', ofText('half a \uDC69 pair')],
  ['/messages/0/content', ofText('a NUL \0')],
  ['/messages/0/role', { role: 'narrator', content: 'x' }],
  ['/messages/0/id', { id: 'with space', ...ofText('x') }],
  ['/messages/0/id', { id: 'x'.repeat(129), ...ofText('x') }],
  ['/messages/0/parts', { role: 'user', parts: [] }],
  ['/messages/0/parts/0', { role: 'user', parts: [{ type: '' }] }],
  ['/messages/0/parts/0/url', { role: 'user', parts: [{ type: 'source' }] }],
  ['/messages/0/parts', { role: 'user', parts: [{ type: 'reasoning', text: 'Hm' }] }],
  ['/messages/0/parts/0', { role: 'user', parts: [{ type: 'odd', text: '\uD83D' }] }],
  ['/messages/0/extra', { ...ofText('x'), extra: ['no', 'object'] }],
  ['/messages/0/extra', { ...ofText('x'), extra: { key: '\0' } }],
  ['/messages/0/parts/0/text', { role: 'user', parts: [{ type: 'text', text: '\uD83D' }] }],
  ['/messages/0/tool_call_id', { role: 'tool', content: 'x' }],
  [
    '/messages/0/tool_calls',
    {
      ...ofText('x'),
      tool_calls: [{ id: 'c', type: 'function', function: { name: 'f', arguments: '' } }],
    },
  ],
  ['/messages/0', { ...ofText('x'), colour: 'red' }],
] as const)('refuses with a pointer to %s, and stores nothing', async ([pointer, message]) => {
  const ann = await as.user()
  const id = await givenConversation(ann)
  const refused = await append(ann, id, [message, ofText('fine')])
  expect(refused.status).toBe(422)
  const { errors } = await bodyOf<{ errors: { pointer: string }[] }>(refused)
  expect(errors.map((error) => error.pointer)).toEqual([pointer])
  expect(await historyOf(ann, id)).toEqual([])
})
