import { expect, test } from 'vitest'

import { as } from '../../../support/api.ts'
import type { Step } from '../../../support/fake-network.ts'
import { givenConversation } from '../../../support/given.ts'
import { network } from '../../../support/network.ts'
import { problemOf } from '../../../support/problems.ts'
import { eventually, underSettings } from '../../../support/record.ts'
import { listen } from '../../../support/said.ts'
import { answered, proceed, turnOf } from '../../../support/turns.ts'

const ann = await as.user()
const event = (value: object) => `data: ${JSON.stringify(value)}\n\n`
const says = (content: string, reason: string | null = null) =>
  event({ choices: [{ delta: { content }, finish_reason: reason }] })
const refused = (message: string, status = 400): Step => ({
  status,
  body: JSON.stringify({ error: { message } }),
})

/** A conversation with a model of its own: what one test teaches no other knows. */
async function given(model: string, settings: object = {}) {
  const id = await givenConversation(ann, { language: 'en', title: 'T', topic: 'T' })
  await underSettings(id, { MODEL_NAME: model, ...settings })
  return id
}

const bodiesOf = async (key: string) =>
  (await network.seen(key)).map(({ body }) => body as Record<string, unknown>)

test.each<[string, string]>([
  ['an event without data', `${says('Hello')}data: \n\ndata:\n\n${says(' there', 'stop')}`],
  ['comments', `: hi\n\n${says('Hello')}:\n\n: PROCESSING\n\n${says(' there', 'stop')}`],
  ['names of events and ids', `id: 1\nevent: chunk\n${says('Hello there', 'stop')}`],
  ['no line between two events', `${says('Hello').trim()}\n${says(' there', 'stop')}`],
  ['no line behind the last', `${says('Hello')}${says(' there', 'stop').trim()}`],
  ['carriage returns', `${says('Hello')}${says(' there', 'stop')}`.replaceAll('\n', '\r\n')],
  ['more behind its end', `${says('Hello there', 'stop')}data: [DONE]\n\n${says('No')}`],
])('a stream with %s is a whole answer', async (name, raw) => {
  const key = `stream-${name.replaceAll(' ', '-')}`
  await network.script(key, [{ raw }])
  const { message } = await answered(ann, await given(key), turnOf(key))
  expect(message).toMatchObject({ content: 'Hello there', status: 'complete' })
})

test('an event that is cut is a reply that is cut', async () => {
  await network.script('event-that-is-cut', [{ raw: `${says('Half')}data: {"choices":[{"del` }])
  const { message } = await answered(
    ann,
    await given('event-that-is-cut'),
    turnOf('event-that-is-cut'),
  )
  expect(message).toMatchObject({ content: 'Half', status: 'interrupted' })
})

test.each([
  ['JSON', 'event: error\ndata: {"error":{"type":"overloaded_error"}}\n\n', 503],
  ['bare JSON', 'event: error\ndata: {"type":"overloaded_error"}\n\n', 503],
  ['no JSON', 'event: error\ndata: went away\n\n', 502],
])('an event that is an error, of %s, is a failure', async (name, raw, status) => {
  const key = `error-event-${name.replaceAll(' ', '-')}`
  await network.script(key, [{ raw }])
  expect(await problemOf(proceed(ann, await given(key), turnOf(key)))).toMatchObject({ status })
})

test('an endpoint that does not stream is read all the same', async () => {
  const whole = { choices: [{ message: { content: 'Whole' }, finish_reason: 'stop' }] }
  await network.script('whole-document', [{ status: 200, body: JSON.stringify(whole) }])
  const { message } = await answered(ann, await given('whole-document'), turnOf('whole-document'))
  expect(message).toMatchObject({ content: 'Whole', status: 'complete' })
})

test('an answer that has finished waits for nobody to hang up', async () => {
  await network.script('never-hangs-up', [{ raw: says('All of it', 'stop') }, { hang: true }])
  const { message } = await answered(ann, await given('never-hangs-up'), turnOf('never-hangs-up'))
  expect(message).toMatchObject({ content: 'All of it', status: 'complete', tokens_used: null })
  await eventually(async () => (await network.seen('never-hangs-up'))[0]?.isClosed === true)
})

test('signs of life keep a model that says nothing yet', async () => {
  // Longer than the model has in all, and each far shorter: a busy machine comes late.
  const alive: Step[] = [{ wait: 1_200 }, { raw: ': still here\n\n' }]
  await network.script('signs-of-life', [
    ...alive,
    ...alive,
    ...alive,
    { text: 'Yes' },
    { finish: 'stop' },
  ])
  const id = await given('signs-of-life', {
    MODEL_FIRST_TOKEN_TIMEOUT_S: '3',
    MODEL_NEXT_TOKEN_TIMEOUT_S: '3',
  })
  expect((await answered(ann, id, turnOf('signs-of-life'))).message.content).toBe('Yes')
})

test.each<[string, string, object, (body: Record<string, unknown>) => boolean]>([
  [
    'max_tokens',
    'max_completion_tokens: extra inputs are not permitted',
    { MAX_OUTPUT_TOKENS: '99' },
    (body) => body['max_tokens'] === 99,
  ],
  [
    'no-stream-options',
    'unknown parameter: stream_options',
    {},
    (body) => !('stream_options' in body),
  ],
  [
    'no-system',
    'System role not supported',
    { SYSTEM_PROMPT: 'Be brief.' },
    (body) => !JSON.stringify(body).includes('"system"'),
  ],
])(
  'what an endpoint refuses is left out, and learned: %s',
  async (quirk, message, settings, holds) => {
    const said = listen()
    const key = `quirk-${quirk}`
    await network.script(key, [refused(message)], [{ text: 'Yes' }, { finish: 'stop' }])
    const id = await given(key, settings)
    expect((await answered(ann, id, turnOf(key))).message.content).toBe('Yes')
    await answered(ann, await given(key, settings), turnOf(key))
    const bodies = await bodiesOf(key)
    expect(bodies.map(holds)).toEqual([false, true, true])
    expect(said.all('model-quirk')).toMatchObject([{ quirk }])
  },
)

test('a bound that is refused in both forms is not sent', async () => {
  const key = 'bound-refused-twice'
  await network.script(
    key,
    [refused('max_completion_tokens is not supported')],
    [refused('max_tokens is too large', 422)],
    [{ text: 'Yes' }, { finish: 'stop' }],
  )
  await answered(ann, await given(key, { MAX_OUTPUT_TOKENS: '99' }), turnOf(key))
  expect(Object.keys((await bodiesOf(key)).at(-1) ?? {})).not.toContain('max_tokens')
})

test('what the settings say of an endpoint is never sent to it', async () => {
  const key = 'said-outright'
  await network.script(key, [{ text: 'Yes' }, { finish: 'stop' }])
  const settings = { MODEL_COMPAT: 'max_tokens, no-stream-options', MAX_OUTPUT_TOKENS: '9' }
  await answered(ann, await given(key, settings), turnOf(key))
  const [body] = await bodiesOf(key)
  expect(body).toMatchObject({ max_tokens: 9 })
  expect(body).not.toHaveProperty('stream_options')
  const problem = await problemOf(
    proceed(ann, await given(key, { MODEL_COMPAT: 'no-such' }), turnOf(key)),
  )
  expect(JSON.stringify(problem)).toMatch(/MODEL_COMPAT.*no-such.*max_tokens/)
})

const picture = { type: 'image_url', image_url: { url: 'https://a.test/cat.png' } }
const withPicture = (key: string) => ({
  messages: [{ role: 'user', parts: [{ type: 'text', text: `See #${key}` }, picture] }],
})

test.each([
  ['a model that can take none', 'This model does not support image input', 404, false],
  ['one that could not be read', 'Could not process image', 400, true],
])('a picture that is refused becomes its name: %s', async (name, message, status, isSent) => {
  const key = `picture-${name.replaceAll(' ', '-')}`
  await network.script(key, [refused(message, status)], [{ text: 'Yes' }, { finish: 'stop' }])
  await answered(ann, await given(key), withPicture(key))
  const [first, second] = await bodiesOf(key)
  expect(JSON.stringify(first)).toContain('image_url')
  expect(JSON.stringify(second)).toMatch(/\[image\] cat\.png/)
  // What was wrong with one picture says nothing of the next.
  await answered(ann, await given(key), withPicture(key))
  expect(JSON.stringify((await bodiesOf(key))[2]).includes('image_url')).toBe(isSent)
})

test('what names nothing that was sent is a refusal', async () => {
  const key = 'other-refusal'
  await network.script(key, [refused('image_url is no image, and max_tokens are too many')])
  expect((await problemOf(proceed(ann, await given(key), turnOf(key)))).status).toBe(502)
  expect(await network.seen(key)).toHaveLength(1)
})

test('an id that a gateway packs something into is kept, answered and sent back', async () => {
  const callId = `call_${'Q'.repeat(4_000)}`
  const call = { index: 0, id: callId, function: { name: 'look', arguments: '{}' } }
  const chunk = { choices: [{ delta: { tool_calls: [call] }, finish_reason: null }] }
  await network.script(
    'long-call-id',
    [{ chunk }, { finish: 'tool_calls' }],
    [{ text: 'Yes' }, { finish: 'stop' }],
  )
  const id = await given('long-call-id')
  const { message } = await answered(ann, id, turnOf('long-call-id'))
  expect(message.tool_calls?.[0]?.id).toBe(callId)
  const result = { role: 'tool', tool_call_id: callId, content: 'found #long-call-id' }
  await answered(ann, id, { messages: [result] })
  expect(JSON.stringify((await bodiesOf('long-call-id'))[1])).toContain(callId)
})

test.each([
  ['a list of details', { detail: [{ loc: ['body', 'stream_options'], msg: 'Extra inputs' }] }],
  ['a message by itself', { object: 'error', message: 'stream_options is unknown', code: 400 }],
  ['an error that is a text', { error: 'stream_options is unknown' }],
  ['words', 'unknown field stream_options'],
])('what is refused is found wherever an endpoint says it: in %s', async (name, said) => {
  const key = `refused-in-${name.replaceAll(' ', '-')}`
  const body = typeof said === 'string' ? said : JSON.stringify(said)
  await network.script(key, [{ status: 422, body }], [{ text: 'Yes' }, { finish: 'stop' }])
  await answered(ann, await given(key), turnOf(key))
  expect((await bodiesOf(key)).map((one) => 'stream_options' in one)).toEqual([true, false])
})
