import { expect, test } from 'vitest'
import * as z from 'zod'

import { as } from '../../support/api.ts'
import { eventsOf } from '../../support/events.ts'
import { network } from '../../support/network.ts'

// What the OpenAPI document of Open Responses (openresponses.org, 2026-04-24) requires, and the cases of its compliance
// tests. Those that hold stand here with what is asked and expected; `notes` says what does not, and why.
const nullable = <T extends z.ZodType>(one: T) => one.nullable()
const Text = z.object({
  type: z.literal('output_text'),
  text: z.string(),
  annotations: z.array(z.unknown()),
  logprobs: z.array(z.unknown()),
})
const Status = z.enum(['in_progress', 'completed', 'incomplete'])
const OutputItem = z.discriminatedUnion('type', [
  z.object({
    type: z.literal('message'),
    id: z.string(),
    status: Status,
    role: z.literal('assistant'),
    content: z.array(Text),
  }),
  z.object({
    type: z.literal('function_call'),
    id: z.string(),
    call_id: z.string(),
    name: z.string(),
    arguments: z.string(),
    status: Status,
  }),
  z.object({
    type: z.literal('reasoning'),
    id: z.string(),
    summary: z.array(z.object({ type: z.literal('summary_text'), text: z.string() })),
  }),
])
const Usage = z.object({
  input_tokens: z.int(),
  output_tokens: z.int(),
  total_tokens: z.int(),
  input_tokens_details: z.object({ cached_tokens: z.int() }),
  output_tokens_details: z.object({ reasoning_tokens: z.int() }),
})
const ResponseResource = z.object({
  id: z.string(),
  object: z.literal('response'),
  created_at: z.int(),
  completed_at: nullable(z.int()),
  status: z.string(),
  incomplete_details: nullable(z.object({ reason: z.string() })),
  model: z.string(),
  previous_response_id: nullable(z.string()),
  instructions: nullable(z.string()),
  output: z.array(OutputItem),
  error: nullable(z.object({ code: z.string(), message: z.string() })),
  tools: z.array(z.object({ type: z.literal('function'), name: z.string() })),
  tool_choice: z.union([z.string(), z.object({ type: z.string() })]),
  truncation: z.enum(['auto', 'disabled']),
  parallel_tool_calls: z.boolean(),
  text: z.object({ format: z.object({ type: z.string() }) }),
  top_p: z.number(),
  presence_penalty: z.number(),
  frequency_penalty: z.number(),
  top_logprobs: z.int(),
  temperature: z.number(),
  reasoning: nullable(z.object({ effort: nullable(z.string()), summary: nullable(z.string()) })),
  user: nullable(z.string()),
  usage: nullable(Usage),
  max_output_tokens: nullable(z.int()),
  max_tool_calls: nullable(z.int()),
  store: z.boolean(),
  background: z.boolean(),
  service_tier: z.string(),
  metadata: z.record(z.string(), z.string()),
  safety_identifier: nullable(z.string()),
  prompt_cache_key: nullable(z.string()),
})

const place = { output_index: z.int(), item_id: z.string() }
const lifecycle = { response: ResponseResource }
/** The fields that each event has to have, beside `type` and `sequence_number`. */
const eventFields: Record<string, z.ZodRawShape> = {
  'response.created': lifecycle,
  'response.in_progress': lifecycle,
  'response.completed': lifecycle,
  'response.incomplete': lifecycle,
  'response.failed': lifecycle,
  'response.output_item.added': { output_index: z.int(), item: z.looseObject({ id: z.string() }) },
  'response.output_item.done': { output_index: z.int(), item: OutputItem },
  'response.content_part.added': { ...place, content_index: z.int(), part: Text },
  'response.content_part.done': { ...place, content_index: z.int(), part: Text },
  'response.output_text.delta': {
    ...place,
    content_index: z.int(),
    delta: z.string(),
    logprobs: z.array(z.unknown()),
  },
  'response.output_text.done': {
    ...place,
    content_index: z.int(),
    text: z.string(),
    logprobs: z.array(z.unknown()),
  },
  'response.reasoning_summary_part.added': { ...place, summary_index: z.int() },
  'response.reasoning_summary_part.done': { ...place, summary_index: z.int() },
  'response.reasoning_summary_text.delta': { ...place, summary_index: z.int(), delta: z.string() },
  'response.reasoning_summary_text.done': { ...place, summary_index: z.int(), text: z.string() },
  'response.function_call_arguments.delta': { ...place, delta: z.string() },
  'response.function_call_arguments.done': { ...place, arguments: z.string() },
}

const someone = (content: unknown) => [{ type: 'message', role: 'user', content }]
const weather = {
  type: 'function',
  name: 'get_weather',
  description: 'Get the current weather for a location',
  parameters: {
    type: 'object',
    properties: { location: { type: 'string', description: 'The city and state' } },
    required: ['location'],
  },
}
const calling = [
  {
    chunk: {
      choices: [
        {
          delta: {
            tool_calls: [
              {
                index: 0,
                id: 'c',
                type: 'function',
                function: { name: 'get_weather', arguments: '{}' },
              },
            ],
          },
        },
      ],
    },
  },
  { finish: 'tool_calls' },
]
const speaking = [{ text: 'Hello, ' }, { text: 'there' }, { finish: 'stop' }]
const cutShort = [{ text: 'Hello, ' }, { finish: 'length' }]

interface Case {
  input: (key: string) => unknown
  more?: object
  says?: object[]
  stream?: true
  status?: string
  output: string[]
  events?: string[]
}

/** Each case of their compliance tests, and what more the document says of a status. */
const cases: Record<string, Case> = {
  'basic-response': { input: (key) => someone(`Say hello #${key}`), output: ['message'] },
  'streaming-response': {
    input: (key) => someone(`Count #${key}`),
    stream: true,
    output: ['message'],
  },
  'system-prompt': {
    input: (key) => [
      { type: 'message', role: 'system', content: 'You are a pirate.' },
      ...someone(`Hello #${key}`),
    ],
    output: ['message'],
  },
  'tool-calling': {
    input: (key) => someone(`Weather? #${key}`),
    more: { tools: [weather] },
    says: calling,
    output: ['function_call'],
  },
  'tool-calling-streaming': {
    input: (key) => someone(`Weather? #${key}`),
    more: { tools: [weather] },
    says: calling,
    stream: true,
    output: ['function_call'],
    events: [
      'response.output_item.added',
      'response.function_call_arguments.delta',
      'response.function_call_arguments.done',
      'response.output_item.done',
    ],
  },
  'image-input': {
    input: (key) =>
      someone([
        { type: 'input_image', image_url: 'data:image/png;base64,iVBORw0KGgo=' },
        { type: 'input_text', text: `What? #${key}` },
      ]),
    output: ['message'],
  },
  'multi-turn': {
    input: (key) => [
      ...someone('My name is Alice.'),
      { type: 'message', role: 'assistant', content: 'Hello Alice!' },
      ...someone(`What is my name? #${key}`),
    ],
    output: ['message'],
  },
  'incomplete, if the model was cut short': {
    input: (key) => someone(`Go on #${key}`),
    says: cutShort,
    stream: true,
    status: 'incomplete',
    output: ['message'],
  },
}

/** What they have, and Hilo has not. */
const notes = {
  'POST /responses/compact': 'Hilo summarises by itself',
  'a WebSocket on /responses': 'a stream is joined again by its number',
}

const backend = as.service('backend', `user:${crypto.randomUUID()}`)

test.each(Object.entries(cases))('holds: %s', async (_, one) => {
  const key = crypto.randomUUID()
  await network.script(key, (one.says ?? speaking) as never)
  const body = {
    model: 'test-model',
    input: one.input(key),
    stream: one.stream ?? false,
    ...one.more,
  }
  const answer = await backend.post('/v1/responses', body)
  expect(answer.status).toBe(200)
  let last: unknown
  if (one.stream) {
    const types: string[] = []
    for await (const { event, data } of eventsOf(answer)) {
      const told = data as { type: string; response?: unknown }
      expect(event).toBe(told.type)
      const fields = eventFields[told.type]
      expect(fields).toBeDefined()
      z.object({ type: z.string(), sequence_number: z.int(), ...fields }).parse(told)
      types.push(told.type)
      last = told.response ?? last
    }
    expect(types).toEqual(expect.arrayContaining(one.events ?? []))
  } else {
    last = await answer.json()
  }
  const response = ResponseResource.parse(last)
  expect(response.status).toBe(one.status ?? 'completed')
  expect(response.output.map(({ type }) => type)).toEqual(one.output)
})

test.each(Object.entries(notes))('does not have %s: %s', async (what) => {
  const path = what.includes('compact') ? '/v1/responses/compact' : '/v1/responses'
  const headers: Record<string, string> = what.includes('WebSocket') ? { upgrade: 'websocket' } : {}
  const answer = await backend.request(
    what.startsWith('POST') ? 'POST' : 'GET',
    path,
    undefined,
    headers,
  )
  expect([404, 405]).toContain(answer.status)
  expect(await answer.json()).toMatchObject({ error: { type: 'invalid_request_error' } })
})
