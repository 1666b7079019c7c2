import { describe, expect, test } from 'vitest'

import { append, as, bodyOf } from '../../support/api.ts'
import { givenConversation } from '../../support/given.ts'
import { historyOf } from '../../support/turns.ts'

type Item = Record<string, unknown>

const backend = as.service('backend', `user:${crypto.randomUUID()}`)
const itemsAt = (id: string) => `/v1/conversations/${id}/items`

const keep = async (items: unknown[]) => {
  const id = await givenConversation(backend)
  const answer = await backend.post(itemsAt(id), { items })
  return { id, answer }
}

describe('an item that makes no sense is refused by its field, and nothing is stored', () => {
  test.each([
    ['an id that is no text', { id: 5, role: 'user', content: 'a' }, 'items[0].id'],
    ['no role', { type: 'message', content: 'a' }, 'items[0].role'],
    ['a role that nobody has', { role: 'robot', content: 'a' }, 'items[0].role'],
    ['no content', { role: 'user' }, 'items[0].content'],
    ['content that is no list of objects', { role: 'user', content: ['a'] }, 'items[0].content'],
    [
      'a call without a name',
      { type: 'function_call', call_id: 'c', arguments: '{}' },
      'items[0].name',
    ],
    [
      'a result that is no text',
      { type: 'function_call_output', call_id: 'c', output: 5 },
      'items[0].output',
    ],
    ['an id that is too long', { id: 'x'.repeat(300), role: 'user', content: 'a' }, 'items[0].id'],
    ['a reference', { type: 'item_reference', id: 'msg_1' }, 'items[0].type'],
  ])('%s', async (_, item, param) => {
    const { id, answer } = await keep([item])
    expect(answer.status).toBe(400)
    expect(await answer.json()).toMatchObject({ error: { param } })
    expect(await historyOf(backend, id)).toEqual([])
  })
})

const user = (...content: object[]) => ({ type: 'message', role: 'user', content })
const model = (...content: object[]) => ({ type: 'message', role: 'assistant', content })
const cited = { type: 'url_citation', url: 'https://a.test', start_index: 0, end_index: 1 }

test.each([
  [
    'a refusal',
    model({ type: 'refusal', refusal: 'No' }),
    { parts: [{ type: 'refusal', text: 'No' }] },
  ],
  [
    'a file by its address',
    user({ type: 'input_file', file_url: 'https://a.test/b.pdf', filename: 'b.pdf' }),
    { parts: [{ type: 'source', url: 'https://a.test/b.pdf', title: 'b.pdf' }] },
  ],
  [
    'a file by its address alone',
    user({ type: 'input_file', file_url: 'https://a.test/b.pdf' }),
    { parts: [{ type: 'source', url: 'https://a.test/b.pdf' }] },
  ],
  [
    'pages that a text cites, and what is no page',
    model({
      type: 'output_text',
      text: 'So it is',
      annotations: [
        { ...cited, title: 'A' },
        cited,
        { type: 'url_citation', url: '' },
        { type: 'file_path' },
      ],
    }),
    {
      parts: [
        { type: 'text', text: 'So it is' },
        { type: 'source', url: 'https://a.test', title: 'A' },
        { type: 'source', url: 'https://a.test' },
      ],
    },
  ],
  [
    'a text whose annotations are no list',
    model({ type: 'output_text', text: 'So it is', annotations: 'none' }),
    { content: 'So it is', parts: null },
  ],
  [
    'a picture without its detail',
    user({ type: 'input_image', image_url: 'https://a.test/b.png' }),
    { parts: [{ type: 'image_url', image_url: { url: 'https://a.test/b.png', detail: 'auto' } }] },
  ],
  [
    'a picture of OpenAI’s own store',
    user({ type: 'input_image', file_id: 'file-abc' }),
    { parts: [{ type: 'file', file: { file_id: 'file-abc' } }] },
  ],
  [
    'thoughts told in full',
    { type: 'reasoning', content: [{ type: 'reasoning_text', text: 'Hm' }, { type: 'else' }] },
    { parts: [{ type: 'reasoning', text: 'Hm' }] },
  ],
  [
    'a call of a tool that takes any text',
    { type: 'custom_tool_call', call_id: 'c', name: 'f', input: 'x' },
    { tool_calls: [{ id: 'c', function: { name: 'f', arguments: '{"input":"x"}' } }] },
  ],
  [
    'an item of a kind unheard of',
    { type: 'dream', of: 'sheep' },
    { parts: [{ type: 'data', name: 'dream' }] },
  ],
])('%s is a message that every protocol reads', async (_, item, message) => {
  const { id, answer } = await keep([item])
  expect(answer.status).toBe(200)
  const { data } = await bodyOf<{ data: Item[] }>(answer)
  expect(data).toMatchObject([{ type: item.type }])
  expect(await bodyOf(backend.get(`${itemsAt(id)}/${String(data[0]!['id'])}`))).toEqual(data[0])
  expect(await historyOf(backend, id)).toMatchObject([message])
})

test('results that are lists of pieces are kept as what they hold', async () => {
  const call = { type: 'function_call', call_id: 'c', name: 'f', arguments: '{}' }
  const output = [
    { type: 'input_text', text: 'Seen' },
    { type: 'input_image', image_url: 'https://a.test/b.png', detail: 'low' },
  ]
  const { id, answer } = await keep([
    { role: 'user', content: 'Look' },
    call,
    { type: 'function_call_output', call_id: 'c', output },
  ])
  const { data } = await bodyOf<{ data: Item[] }>(answer)
  expect(data[2]).toMatchObject({ type: 'function_call_output', call_id: 'c', output })
  expect((await historyOf(backend, id))[2]).toMatchObject({
    role: 'tool',
    parts: [{ type: 'text', text: 'Seen' }, { type: 'image_url' }],
  })
})

test('what a client sends back of thoughts, cited pages and data is the item that stands', async () => {
  const openai = await givenConversation(backend)
  const reply = {
    id: 'm',
    role: 'assistant',
    parts: [
      { type: 'reasoning', text: 'Hm', encrypted: 'secret' },
      { type: 'source', url: 'https://a.test', title: 'A' },
      { type: 'text', text: 'So' },
    ],
  }
  expect((await append(backend, openai, [reply])).status).toBe(201)
  const { data } = await bodyOf<{ data: Item[] }>(backend.get(`${itemsAt(openai)}?order=asc`))
  expect(data.map(({ type }) => type)).toEqual(['reasoning', 'message'])
  const again = await backend.post(itemsAt(openai), { items: data })
  expect((await bodyOf<{ data: Item[] }>(again)).data).toEqual(data)
  const changed = { ...data[0], summary: [{ type: 'summary_text', text: 'Ha' }] }
  const refused = await backend.post(itemsAt(openai), { items: [changed] })
  expect(refused.status).toBe(409)
  expect(await refused.json()).toMatchObject({ error: { param: 'items[0].id' } })
  expect(await historyOf(backend, openai)).toHaveLength(1)
})
