import OpenAI from 'openai'
import { expect, test } from 'vitest'

import { as } from '../../support/api.ts'
import { network } from '../../support/network.ts'
import { all, openaiFor } from '../../support/openai.ts'

const ann = await as.user()
const openai = openaiFor(ann)
const backend = openaiFor(as.service('backend', `user:${crypto.randomUUID()}`))
const keyed = () => crypto.randomUUID()
const textOf = (response: OpenAI.Responses.Response) => response.output_text

test('a first response begins a conversation, which is in the list', async () => {
  const response = await openai.responses.create({ input: 'Hello', metadata: { a: 'b' } })
  expect(response).toMatchObject({
    object: 'response',
    status: 'completed',
    model: 'test-model-2026',
    metadata: { a: 'b' },
    output: [
      {
        type: 'message',
        role: 'assistant',
        content: [{ type: 'output_text', text: 'Hello there' }],
      },
    ],
    usage: { input_tokens: 1, output_tokens: 1, total_tokens: 2 },
    error: null,
  })
  expect(textOf(response)).toBe('Hello there')
  expect(await openai.responses.retrieve(response.id)).toEqual(response)
  const { data } = (await openai.get('/conversations')) as { data: { id: string }[] }
  expect(data.map(({ id }) => id)).toContain(response.conversation?.id)
  const items = await all(openai.responses.inputItems.list(response.id))
  expect(items).toMatchObject([{ role: 'user', content: [{ type: 'input_text', text: 'Hello' }] }])
  expect(await all(openai.conversations.items.list(response.conversation!.id))).toEqual([
    ...response.output,
    ...items,
  ])
})

test('a chain answers what it names: an older response is answered on a branch', async () => {
  const one = await openai.responses.create({ input: 'One' })
  const two = await openai.responses.create({ input: 'Two', previous_response_id: one.id })
  const other = await openai.responses.create({ input: 'Other', previous_response_id: one.id })
  expect(two.conversation).toEqual(one.conversation)
  expect(other.conversation).toEqual(one.conversation)
  const items = await all(openai.conversations.items.list(one.conversation!.id, { order: 'asc' }))
  expect(
    items.map((item) => item.type === 'message' && (item.content[0] as { text: string }).text),
  ).toEqual(['One', 'Hello there', 'Other', 'Hello there'])
  const both = openai.responses.create({
    input: 'x',
    previous_response_id: one.id,
    conversation: one.conversation!.id,
  })
  await expect(both).rejects.toMatchObject({
    status: 400,
    param: 'previous_response_id',
    type: 'invalid_request_error',
  })
})

test('tools are called, and their results answered', async () => {
  const key = keyed()
  await network.script(key, [
    {
      chunk: {
        choices: [
          {
            delta: {
              tool_calls: [
                { index: 0, id: 'c1', type: 'function', function: { name: 'f', arguments: '{}' } },
                { index: 1, id: 'c2', type: 'function', function: { name: 'g', arguments: '{}' } },
              ],
            },
          },
        ],
      },
    },
    { finish: 'tool_calls' },
  ])
  const tools = ['f', 'g'].map((name) => ({
    type: 'function' as const,
    name,
    parameters: null,
    strict: null,
  }))
  const { id } = await openai.conversations.create()
  const calls = await openai.responses.create({ conversation: id, input: `Call #${key}`, tools })
  expect(calls.output).toMatchObject([
    { type: 'function_call', call_id: 'c1' },
    { type: 'function_call', call_id: 'c2' },
  ])
  const answer = await openai.responses.create({
    conversation: { id },
    input: ['c1', 'c2'].map((call_id) => ({
      type: 'function_call_output' as const,
      call_id,
      output: 'ok',
    })),
    tools,
  })
  expect(answer.output_text).toBe('Hello there')
  const wrong = openai.responses.create({
    conversation: id,
    input: [{ type: 'function_call_output', call_id: 'c9', output: '' }],
  })
  await expect(wrong).rejects.toMatchObject({ status: 400, code: 'invalid_value' })
})

test('calls that came as items of their own reach the model as they were made', async () => {
  const key = keyed()
  const { id } = await backend.conversations.create()
  const input = [
    { role: 'user' as const, content: 'Call both' },
    { type: 'function_call' as const, call_id: 'a', name: 'f', arguments: '{}' },
    { type: 'function_call' as const, call_id: 'b', name: 'f', arguments: '{}' },
    { type: 'function_call_output' as const, call_id: 'a', output: 'A' },
    { type: 'function_call_output' as const, call_id: 'b', output: 'B' },
    { role: 'user' as const, content: `And? #${key}` },
  ]
  await backend.responses.create({ conversation: id, input })
  const [seen] = await network.seen(key)
  expect((seen!.body as { messages: object[] }).messages).toMatchObject([
    { role: 'user' },
    { role: 'assistant', tool_calls: [{ id: 'a' }, { id: 'b' }] },
    { role: 'tool', tool_call_id: 'a' },
    { role: 'tool', tool_call_id: 'b' },
    { role: 'assistant' },
    { role: 'user' },
  ])
})

test('what is asked of the answer reaches the model', async () => {
  const key = keyed()
  const response = await backend.responses.create({
    input: `Say #${key}`,
    instructions: 'Be a pirate',
    temperature: 0.5,
    top_p: 0.9,
    max_output_tokens: 50,
    parallel_tool_calls: false,
    tools: [{ type: 'function', name: 'f', parameters: { type: 'object' }, strict: true }],
    tool_choice: { type: 'function', name: 'f' },
    text: { format: { type: 'json_schema', name: 'n', schema: { type: 'object' }, strict: true } },
    reasoning: { effort: 'low' },
  })
  expect((await network.seen(key))[0]!.body).toMatchObject({
    messages: [
      { role: 'system', content: expect.stringContaining('Be a pirate') as string },
      { role: 'user' },
    ],
    temperature: 0.5,
    top_p: 0.9,
    max_completion_tokens: 50,
    parallel_tool_calls: false,
    tools: [{ type: 'function', function: { name: 'f', strict: true } }],
    tool_choice: { type: 'function', function: { name: 'f' } },
    response_format: {
      type: 'json_schema',
      json_schema: { name: 'n', schema: { type: 'object' }, strict: true },
    },
    reasoning_effort: 'low',
  })
  expect(response).toMatchObject({
    instructions: 'Be a pirate',
    temperature: 0.5,
    max_output_tokens: 50,
  })
  // Not a message, and not carried over.
  const next = await backend.responses.create({
    input: `More #${key}`,
    previous_response_id: response.id,
  })
  expect(next.instructions).toBeNull()
  expect(JSON.stringify((await network.seen(key))[1]!.body)).not.toContain('pirate')
})

test('hosted tools and templates are refused in words, and nothing is stored', async () => {
  const { id } = await openai.conversations.create()
  for (const more of [
    { tools: [{ type: 'web_search' }] },
    { prompt: { id: 'p' } },
    { input: [{ type: 'item_reference', id: 'x' }] },
  ]) {
    const asked = openai.responses.create({ conversation: id, input: 'Hello', ...more } as never)
    await expect(asked).rejects.toMatchObject({
      status: 400,
      code: 'unsupported_parameter',
      param: expect.any(String) as string,
    })
  }
  expect(await all(openai.conversations.items.list(id))).toEqual([])
})
