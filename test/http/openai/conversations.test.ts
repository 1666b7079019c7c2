import { NotFoundError } from 'openai'
import { expect, test } from 'vitest'

import { as } from '../../support/api.ts'
import { all, openaiFor } from '../../support/openai.ts'

const backend = () => as.service('backend', `user:${crypto.randomUUID()}`)

test('a conversation is created, read, changed, listed and erased', async () => {
  const openai = openaiFor(await as.user())
  const created = await openai.conversations.create({ metadata: { a: '1', b: '2' } })
  expect(created).toMatchObject({ object: 'conversation', metadata: { a: '1', b: '2' } })
  expect(created.id).toMatch(/^conv_[0-9a-f]{32}$/)
  expect(Number.isInteger(created.created_at)).toBe(true)
  expect(await openai.conversations.retrieve(created.id)).toEqual(created)
  const changed = await openai.conversations.update(created.id, { metadata: { b: '3' } })
  expect(changed).toEqual({ ...created, metadata: { b: '3' } })
  expect(await openai.get('/conversations')).toEqual({
    object: 'list',
    data: [changed],
    first_id: created.id,
    last_id: created.id,
    has_more: false,
  })
  expect(await openai.conversations.delete(created.id)).toEqual({
    id: created.id,
    object: 'conversation.deleted',
    deleted: true,
  })
  await expect(openai.conversations.retrieve(created.id)).rejects.toThrow(NotFoundError)
})

const said = [
  { role: 'user', content: 'Hello' },
  { type: 'message', role: 'developer', content: 'Be kind' },
  {
    role: 'user',
    content: [
      { type: 'input_text', text: 'Look' },
      { type: 'input_image', image_url: 'https://a.test/b.png', detail: 'high' },
    ],
  },
  {
    role: 'user',
    content: [
      { type: 'input_file', filename: 'a.pdf', file_data: 'data:application/pdf;base64,AA==' },
    ],
  },
  { role: 'user', content: [{ type: 'input_audio', input_audio: { data: 'AA', format: 'mp3' } }] },
  {
    type: 'reasoning',
    id: 'rs_123',
    summary: [{ type: 'summary_text', text: 'Hm' }],
    encrypted_content: 'secret',
  },
  { type: 'function_call', call_id: 'c1', name: 'f', arguments: '{"a":1}' },
  {
    type: 'function_call',
    call_id: 'c2',
    name: 'f',
    arguments: 'not json',
    status: 'completed',
    namespace: 'n',
  },
  { type: 'function_call_output', call_id: 'c1', output: '' },
  {
    type: 'function_call_output',
    call_id: 'c2',
    output: [{ type: 'input_text', text: 'Two' }],
    status: 'completed',
  },
  {
    type: 'message',
    role: 'assistant',
    phase: 'final_answer',
    status: 'incomplete',
    content: [
      {
        type: 'output_text',
        text: 'Hi',
        annotations: [
          { type: 'url_citation', url: 'https://a.test', title: 'A', start_index: 0, end_index: 2 },
        ],
      },
    ],
  },
  { role: 'assistant', content: [{ type: 'text', text: 'Plain' }] },
  { role: 'assistant', content: [{ type: 'refusal', refusal: 'No' }] },
  {
    type: 'message',
    role: 'assistant',
    content: [{ type: 'output_text', text: '', annotations: [] }],
    status: 'completed',
  },
  { type: 'custom_tool_call', call_id: 'c3', name: 'g', input: 'x' },
  { type: 'custom_tool_call_output', call_id: 'c3', output: 'y' },
  { type: 'compaction', id: 'cmp_1', encrypted_content: 'c'.repeat(1000), created_by: 'x' },
  { type: 'x_unknown', deep: { er: [1, null, { a: 'b' }] } },
]

/** As clients expect to read it: with all that may be left out, and no text that makes them fail. */
const read = [
  {
    type: 'message',
    role: 'user',
    status: 'completed',
    content: [{ type: 'input_text', text: 'Hello' }],
  },
  {
    type: 'message',
    role: 'system',
    status: 'completed',
    content: [{ type: 'input_text', text: 'Be kind' }],
  },
  { type: 'message', status: 'completed', ...said[2] },
  { type: 'message', status: 'completed', ...said[3] },
  { type: 'message', status: 'completed', ...said[4] },
  said[5],
  { status: 'completed', ...said[6] },
  said[7],
  { status: 'completed', ...said[8] },
  said[9],
  said[10],
  {
    type: 'message',
    role: 'assistant',
    status: 'completed',
    content: [{ type: 'output_text', text: 'Plain', annotations: [] }],
  },
  { type: 'message', status: 'completed', ...said[12] },
  said[13],
  said[14],
  said[15],
  said[16],
  said[17],
]

test('what comes in goes out deep-equal, and is read by every other call', async () => {
  const openai = openaiFor(backend())
  const { id } = await openai.conversations.create({})
  const created = await openai.conversations.items.create(id, { items: said as never })
  expect(created.data).toMatchObject(read)
  const bare = (created.data as object[]).map((item, at) => {
    const { id: given, ...rest } = item as { id: string }
    const own = (said[at] as { id?: string }).id
    expect(given).toBe(own ?? given)
    return own ? item : rest
  })
  expect(bare).toEqual(read)
  expect(await all(openai.conversations.items.list(id, { order: 'asc', limit: 3 }))).toEqual(
    created.data,
  )
  expect(await all(openai.conversations.items.list(id))).toEqual(created.data.toReversed())
  for (const item of created.data) {
    const one = await openai.conversations.items.retrieve(item.id as string, {
      conversation_id: id,
    })
    expect(one).toEqual(item)
  }
})
