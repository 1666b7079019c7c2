import { describe, expect, test } from 'vitest'

import { append, as, read } from '../../../support/api.ts'
import type { Step } from '../../../support/fake-network.ts'
import { givenConversation } from '../../../support/given.ts'
import { about, summarised } from '../../../support/memory.ts'
import { network } from '../../../support/network.ts'
import { problemOf } from '../../../support/problems.ts'
import { underSettings } from '../../../support/record.ts'
import { answered, proceed, turnOf } from '../../../support/turns.ts'

const user = crypto.randomUUID()
const ann = await as.user(user)
const yes: Step[] = [{ text: 'Yes' }, { finish: 'stop' }]
const refused = (said: unknown, status = 400): Step[] => [
  { status, body: typeof said === 'string' ? said : JSON.stringify(said) },
]
const inError = (message: string) => ({ error: { message } })

async function given(model: string, settings: object = {}) {
  const id = await givenConversation(ann, { language: 'en', title: 'T', topic: 'T' })
  await underSettings(id, { MODEL_NAME: model, ...settings })
  return id
}

const bodiesOf = async (key: string) => (await network.seen(key)).map(({ body }) => body as Body)

interface Body extends Record<string, unknown> {
  messages: Record<string, unknown>[]
}

test.each<[string, unknown, number?]>([
  [
    'the words of the one behind it',
    {
      error: {
        message: 'Provider returned error',
        code: 400,
        metadata: { raw: '{"detail":"unknown field `stream_options`"}' },
      },
    },
  ],
  ['a list', [{ error: { code: 400, message: 'Unknown name "stream_options"' } }]],
  ['names of fields', { errors: { stream_options: ['is unknown'] } }],
  ['a mark and a message', { error: true, message: 'stream_options: unknown' }],
  ['a code beside a message', { error: 'invalid_request', message: 'bad field stream_options' }],
  ['letters written as numbers', '{"error":{"message":"stream\\u005foptions is unknown"}}'],
  ['an answer that says that all is well', inError('stream_options is unknown'), 200],
])('what is refused is found wherever an endpoint says it: in %s', async (name, said, status) => {
  const key = `told-in-${name.replaceAll(' ', '-')}`
  await network.script(key, refused(said, status), yes)
  expect((await answered(ann, await given(key), turnOf(key))).message.content).toBe('Yes')
  await answered(ann, await given(key), turnOf(key))
  expect((await bodiesOf(key)).map((one) => 'stream_options' in one)).toEqual([true, false, false])
})

test.each([
  ['System role not supported', 400],
  ['Conversation roles must alternate user/assistant/user/assistant/...', 400],
  ['Only user and assistant roles are supported!', 500],
  ["messages.0.role: Input should be 'user' or 'assistant'", 422],
  ['Developer instruction is not enabled for models/gemma', 400],
])('a template that knows no system is sent its words another way: %s', async (message, status) => {
  const key = `no-system-${message.replaceAll(/\W+/g, '-')}`
  await network.script(key, refused(inError(message), status), yes)
  await answered(ann, await given(key, { SYSTEM_PROMPT: 'Be brief.' }), turnOf(key))
  const [, second] = await bodiesOf(key)
  expect(second?.messages).toMatchObject([{ role: 'user', content: `Be brief.\n\nHello #${key}` }])
})

const tools = [{ type: 'function', function: { name: 'look' } }]

test.each([
  ['registry.ollama.ai/library/gemma:latest does not support tools', 400],
  ['No endpoints found that support tool use.', 404],
  ['`tool calling` is not supported with this model', 400],
  ['Function calling is not enabled for models/gemma', 400],
  ['"auto" tool choice requires --enable-auto-tool-choice', 400],
])('a model without tools answers without them: %s', async (message, status) => {
  const key = `no-tools-${message.replaceAll(/\W+/g, '-')}`
  await network.script(key, refused(inError(message), status), yes)
  await answered(ann, await given(key), { ...turnOf(key), tools })
  expect((await bodiesOf(key)).map((one) => 'tools' in one)).toEqual([true, false])
})

test('a choice that is refused is left to the model, with the tools', async () => {
  const key = 'no-tool-choice'
  await network.script(key, refused(inError('tool_choice "required" is not supported')), yes)
  await answered(ann, await given(key), { ...turnOf(key), tools, tool_choice: 'required' })
  const [, second] = await bodiesOf(key)
  expect([second?.['tools'], second?.['tool_choice']]).toEqual([tools, undefined])
})

/** A conversation in which a back end has called a tool, and what it was sent then. */
async function withCall(key: string, ...attempts: Step[][]) {
  await network.script(key, ...attempts)
  const id = await given(key)
  const call = { id: 'c1', type: 'function', function: { name: 'look', arguments: '{"at":"sea"}' } }
  await append(as.service('backend', `user:${user}`), id, [
    { role: 'user', content: 'Look' },
    { role: 'assistant', content: 'I look.', tool_calls: [call] },
    { role: 'tool', tool_call_id: 'c1', content: 'waves' },
    { role: 'assistant', content: 'There are waves.' },
  ])
  await answered(ann, id, turnOf(key))
  return bodiesOf(key)
}

const asText = [
  { role: 'user', content: 'Look' },
  { role: 'assistant', content: 'I look.\n[look({"at":"sea"})]' },
  { role: 'user', content: '[look: waves]' },
  { role: 'assistant', content: 'There are waves.' },
]

test.each([
  'The toolConfig field must be defined when using toolUse and toolResult content blocks.',
  'Requests which include `tool_use` or `tool_result` blocks must define tools.',
  'Anthropic expects the `tools=` param to be passed in since `tool_calls` in messages.',
  'Function call is missing a thought_signature in functionCall parts.',
  'Expected `thinking` or `redacted_thinking`, but found `tool_use`.',
  "Unexpected message role 'tool'",
])('calls that an endpoint does not take become text: %s', async (message) => {
  const [, second] = await withCall(
    `calls-${message.replaceAll(/\W+/g, '-')}`,
    refused(inError(message)),
    yes,
  )
  expect(second?.messages.slice(0, 4)).toEqual(asText)
})

test.each([
  'The `reasoning_content` in the thinking mode must be passed back to the API.',
  'thinking is enabled but reasoning_content is missing in assistant tool call message at index 2',
  'Missing `reasoning_content` field in the assistant message at message index 1',
])('an endpoint that wants thoughts where there are none is sent a blank: %s', async (message) => {
  const [, second] = await withCall(
    `thoughts-${message.replaceAll(/\W+/g, '-')}`,
    refused(inError(message)),
    yes,
  )
  const assistants = second?.messages.filter(({ role }) => role === 'assistant') ?? []
  expect(assistants.map((one) => one['reasoning_content'])).toEqual([' ', ' '])
})

describe('what is refused for its value', () => {
  test.each([
    ['max_tokens is too large: 99. This model supports at most 50', 'MAX_OUTPUT_TOKENS'],
    [
      'maximum context length is 80 tokens. You requested 119 (99 in the completion)',
      'MAX_OUTPUT_TOKENS',
    ],
  ])('is not sent once more, and sent again the next time: %s', async (message, setting) => {
    const key = `value-${message.replaceAll(/\W+/g, '-')}`
    await network.script(key, refused(inError(message)), yes)
    await answered(ann, await given(key, { [setting]: '99' }), turnOf(key))
    await answered(ann, await given(key, { [setting]: '99' }), turnOf(key))
    const bounds = (await bodiesOf(key)).map((one) => one['max_completion_tokens'])
    expect(bounds).toEqual([99, undefined, 99])
  })
})

const picture = { type: 'image_url', image_url: { url: 'https://a.test/cat.png' } }
const withPicture = (key: string) => ({
  messages: [{ role: 'user', parts: [{ type: 'text', text: `See #${key}` }, picture] }],
})

test.each<[string, unknown, number]>([
  ['a server of its own', inError('image input is not supported'), 500],
  ['words of another language', inError('messages 参数非法。请检查文档。'), 400],
  ['no words', '', 400],
])('a picture that is refused becomes its name: by %s', async (name, said, status) => {
  const key = `picture-by-${name.replaceAll(' ', '-')}`
  await network.script(key, refused(said, status), yes)
  await answered(ann, await given(key), withPicture(key))
  expect(JSON.stringify((await bodiesOf(key))[1])).toMatch(/\[image\] cat\.png/)
})

test('an answer that is no refusal of the request is asked for once', async () => {
  for (const [key, status] of [
    ['locked', 401],
    ['gone', 404],
    ['busy', 503],
  ] as const) {
    const name = `once-${key}`
    await network.script(name, refused('image', status))
    await problemOf(proceed(ann, await given(name), withPicture(name)))
  }
  expect(await network.seen('once-locked')).toHaveLength(1)
  expect(await network.seen('once-busy')).toHaveLength(1)
})

test.each([
  'parameter.enable_thinking must be set to false for non-streaming calls',
  'This model only support stream mode, please enable the stream parameter to access the model.',
])('a model that only streams writes summaries so: %s', async (message) => {
  const key = `only-stream-${message.replaceAll(/\W+/g, '-')}`
  await network.script(`${key}.summary`, refused(inError(message)), [
    { text: '<think>Hm.</think>Ann sails.' },
    { finish: 'stop' },
  ])
  const id = await given(key)
  await ann.post(`/api/conversations/${id}/messages`, { messages: about(key, 10) })
  await summarised(ann, id, 10)
  expect((await read(ann, id)).summary).toBe('Ann sails.')
})

test('a background answer is read though it comes as a stream that nobody asked for', async () => {
  const event = { choices: [{ delta: { content: 'Ann sails.' }, finish_reason: 'eos' }] }
  await network.script('streamed-unasked.summary', [{ raw: `data: ${JSON.stringify(event)}\n\n` }])
  const id = await given('streamed-unasked')
  await append(ann, id, about('streamed-unasked', 10))
  await summarised(ann, id, 10)
  expect((await read(ann, id)).summary).toBe('Ann sails.')
})
