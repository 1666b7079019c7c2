import { expect, test } from 'vitest'

import { as } from '../../support/api.ts'
import { eventsOf } from '../../support/events.ts'
import { network } from '../../support/network.ts'
import { ResponseResource, faultOf } from '../../support/open-responses.ts'

// What the OpenAPI document of Open Responses (openresponses.org, 2026-04-24) requires, and the cases of its compliance
// tests. Those that hold stand here with what is asked and expected; `notes` says what does not, and why.
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

/** What a stream tells, with whatever is wrong with one of its events; and the response that it ends with. */
async function streamedBy(answer: Response) {
  const types: string[] = []
  let last: unknown = null
  for await (const { event, data } of eventsOf(answer)) {
    const fault = faultOf(event, data)
    types.push(fault ?? event)
    last = data['response'] ?? last
  }
  return { types, last }
}

test.each(Object.entries(cases))('holds: %s', async (_, one) => {
  const key = crypto.randomUUID()
  await network.script(key, (one.says ?? speaking) as never)
  const stream = one.stream ?? false
  const body = { model: 'test-model', input: one.input(key), stream, ...one.more }
  const answer = await backend.post('/v1/responses', body)
  expect(answer.status).toBe(200)
  const told = stream ? await streamedBy(answer) : { types: [], last: await answer.json() }
  expect(told.types.filter((type) => !type.startsWith('response.'))).toEqual([])
  expect(told.types).toEqual(expect.arrayContaining(one.events ?? []))
  const response = ResponseResource.parse(told.last)
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
