import { expect, test } from 'vitest'

import { append, as } from '../../../support/api.ts'
import type { Step } from '../../../support/fake-network.ts'
import { network } from '../../../support/network.ts'
import { problemOf } from '../../../support/problems.ts'
import { bodiesOf, inError, keyOf, refused, withModel, yes } from '../../../support/refusing.ts'
import { answered, proceed, turnOf } from '../../../support/turns.ts'

const user = crypto.randomUUID()
const ann = await as.user(user)

const tools = [{ type: 'function', function: { name: 'look' } }]

test.each([
  ['registry.ollama.ai/library/gemma:latest does not support tools', 400],
  ['No endpoints found that support tool use.', 404],
  ['`tool calling` is not supported with this model', 400],
  ['Function calling is not enabled for models/gemma', 400],
  ['"auto" tool choice requires --enable-auto-tool-choice', 400],
  ['model features function calling not support', 400],
  ['Unsupported param: tools', 500],
  ['Unrecognized request argument supplied: tools', 404],
  ["[{'type': 'extra_forbidden', 'loc': ('body', 'tools'), 'msg': 'Extra inputs'}]", 400],
])('a model without tools answers without them: %s', async (message, status) => {
  const key = keyOf('no-tools', message)
  await network.script(key, refused(inError(message), status), yes)
  await answered(ann, await withModel(ann, key), { ...turnOf(key), tools })
  expect((await bodiesOf(key)).map((one) => 'tools' in one)).toEqual([true, false])
})

test('a tool that is refused is the caller’s own affair', async () => {
  const said = "Invalid schema for function 'look': tools[0].function.parameters must be an object"
  await network.script('bad-tool', refused(inError(said)))
  await problemOf(proceed(ann, await withModel(ann, 'bad-tool'), { ...turnOf('bad-tool'), tools }))
  expect(await network.seen('bad-tool')).toHaveLength(1)
})

test('a choice that is refused is left to the model, with the tools', async () => {
  const key = 'no-tool-choice'
  await network.script(key, refused(inError('tool_choice "required" is not supported')), yes)
  await answered(ann, await withModel(ann, key), { ...turnOf(key), tools, tool_choice: 'required' })
  const [, second] = await bodiesOf(key)
  expect([second?.['tools'], second?.['tool_choice']]).toEqual([tools, undefined])
})

/** A conversation in which a back end has called a tool, and what it was sent then. */
async function withCall(key: string, ...attempts: Step[][]) {
  await network.script(key, ...attempts)
  const id = await withModel(ann, key)
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

const ownCall = {
  choices: [
    {
      delta: {
        tool_calls: [{ index: 0, id: 'x'.repeat(52), function: { name: 'look', arguments: '{}' } }],
      },
      finish_reason: 'tool_calls',
    },
  ],
}

test.each([
  "Invalid 'messages[1].tool_calls[0].id': string too long. Expected maximum length 40",
  "messages.1.content.0.tool_use.id: String should match pattern '^[a-zA-Z0-9_-]+$'",
  'messages.3.content.1: `tool_use` ids must be unique',
])(
  'an id of a model that another one behind the gateway refuses is mapped: %s',
  async (message) => {
    const key = keyOf('ids', message)
    await network.script(key, [{ chunk: ownCall }], refused(inError(message)), yes)
    const id = await withModel(ann, key)
    const { message: asked } = await answered(ann, id, turnOf(key))
    const result = {
      role: 'tool',
      tool_call_id: asked.tool_calls?.[0]?.id,
      content: `waves #${key}`,
    }
    await answered(ann, id, { messages: [result] })
    const ids = (await bodiesOf(key)).map(({ messages }) => messages[2]?.['tool_call_id'])
    expect(ids).toEqual([undefined, 'x'.repeat(52), expect.stringMatching(/^\w{9}$/)])
  },
)

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
  "Value of '/messages/2/role' not in enum",
  'Invalid role in the chat message: tool',
  'Value is not callable: null at row 1, column 72',
  'no',
])('calls that an endpoint does not take become text: %s', async (message) => {
  const [, second] = await withCall(keyOf('calls', message), refused(inError(message)), yes)
  expect(second?.messages.slice(0, 4)).toEqual(asText)
})

test.each([
  '* GenerateContentRequest.contents[2].parts[0].function_response.name: Name cannot be empty.',
  'messages[2]: tool messages need a name: `name` is required',
])('an endpoint that wants results by their names is sent those: %s', async (message) => {
  const bodies = await withCall(keyOf('names', message), refused(inError(message)), yes)
  const results = bodies.map(({ messages }) => messages.find(({ role }) => role === 'tool'))
  expect(results).toMatchObject([{ content: 'waves' }, { name: 'look', content: 'waves' }])
  expect(results[0]).not.toHaveProperty('name')
})

test.each([
  'The `reasoning_content` in the thinking mode must be passed back to the API.',
  'thinking is enabled but reasoning_content is missing in assistant tool call message at index 2',
  'Missing `reasoning_content` field in the assistant message at message index 1',
])('an endpoint that wants thoughts where there are none is sent a blank: %s', async (message) => {
  const [, second] = await withCall(keyOf('thoughts', message), refused(inError(message)), yes)
  const assistants = second?.messages.filter(({ role }) => role === 'assistant') ?? []
  expect(assistants.map((one) => one['reasoning_content'])).toEqual([' ', ' '])
})

test.each([
  'messages.1.content.0: Invalid `signature` in `thinking` block',
  'Corrupted thought signature.',
  'Reasoning input is not enabled for this model',
  "Extra inputs are not permitted, field: 'messages[1].provider_specific_fields'",
])('what came with a call is left out if its sender refuses it: %s', async (message) => {
  const key = keyOf('sent-back', message)
  const call = { index: 0, id: 'a', function: { name: 'look', arguments: '{}' } }
  const delta = {
    reasoning_content: 'I look.',
    provider_specific_fields: { a: 1 },
    tool_calls: [call],
  }
  const chunk = { choices: [{ delta, finish_reason: 'tool_calls' }] }
  await network.script(key, [{ chunk }], refused(inError(message)), yes)
  const id = await withModel(ann, key)
  const { message: asked } = await answered(ann, id, turnOf(key))
  const result = { role: 'tool', tool_call_id: asked.tool_calls?.[0]?.id, content: `so #${key}` }
  await answered(ann, id, { messages: [result] })
  const sent = (await bodiesOf(key)).map(({ messages }) => Object.keys(messages[1] ?? {}))
  expect(sent.map((fields) => fields.includes('provider_specific_fields'))).toEqual([
    false,
    true,
    false,
  ])
})
