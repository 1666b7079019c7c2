import { expect, test } from 'vitest'

import { append, as, read } from '../../../support/api.ts'
import { about, summarised } from '../../../support/memory.ts'
import { network } from '../../../support/network.ts'
import { problemOf } from '../../../support/problems.ts'
import { bodiesOf, inError, keyOf, refused, withModel, yes } from '../../../support/refusing.ts'
import { answered, proceed, turnOf } from '../../../support/turns.ts'

const ann = await as.user()

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
  ['a name of its own spelling', inError('Model does not support parameter streamOptions.')],
  ['letters written as numbers', '{"error":{"message":"stream\\u005foptions is unknown"}}'],
  ['an answer that says that all is well', inError('stream_options is unknown'), 200],
])('what is refused is found wherever an endpoint says it: in %s', async (name, said, status) => {
  const key = keyOf('told-in', name)
  await network.script(key, refused(said, status), yes)
  expect((await answered(ann, await withModel(ann, key), turnOf(key))).message.content).toBe('Yes')
  await answered(ann, await withModel(ann, key), turnOf(key))
  expect((await bodiesOf(key)).map((one) => 'stream_options' in one)).toEqual([true, false, false])
})

test.each([
  ['System role not supported', 400],
  ['Conversation roles must alternate user/assistant/user/assistant/...', 400],
  ['Only user and assistant roles are supported!', 500],
  ["messages.0.role: Input should be 'user' or 'assistant'", 422],
  ['Developer instruction is not enabled for models/gemma', 400],
])('a template that knows no system is sent its words another way: %s', async (message, status) => {
  const key = keyOf('no-system', message)
  await network.script(key, refused(inError(message), status), yes)
  await answered(ann, await withModel(ann, key, { SYSTEM_PROMPT: 'Be brief.' }), turnOf(key))
  const [, second] = await bodiesOf(key)
  expect(second?.messages).toMatchObject([{ role: 'user', content: `Be brief.\n\nHello #${key}` }])
})

test('a refusal that is too deep to be read is a refusal', async () => {
  const deep = `${'['.repeat(40_000)}${']'.repeat(40_000)}`
  for (const [key, status] of [
    ['deep', 400],
    ['deep-inside', 200],
  ] as const) {
    await network.script(key, refused(`{"error":${deep}}`, status), yes)
    expect((await problemOf(proceed(ann, await withModel(ann, key), turnOf(key)))).status).toBe(502)
  }
})

test.each([
  ['max_tokens is too large: 99. This model supports at most 50', 400],
  ['maximum context length is 80 tokens. You requested 119 (99 in the completion)', 400],
  ['Request too large on tokens per minute (TPM): Limit 60, Requested 119', 413],
  ['Request too large for gpt on tokens per min (TPM): Limit 60, Requested 119', 429],
  ['`inputs` tokens + `max_new_tokens` must be <= 80', 422],
])('what is refused for its value is sent again the next time: %s', async (message, status) => {
  const key = keyOf('value', message)
  await network.script(key, refused(inError(message), status), yes)
  const settings = { MAX_OUTPUT_TOKENS: '99' }
  await answered(ann, await withModel(ann, key, settings), turnOf(key))
  await answered(ann, await withModel(ann, key, settings), turnOf(key))
  const bounds = (await bodiesOf(key)).map((one) => one['max_completion_tokens'])
  expect(bounds).toEqual([99, undefined, 99])
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
  const key = keyOf('picture-by', name)
  await network.script(key, refused(said, status), yes)
  await answered(ann, await withModel(ann, key), withPicture(key))
  expect(JSON.stringify((await bodiesOf(key))[1])).toMatch(/\[image\] cat\.png/)
})

test('what is refused behind signs of life is learned as well', async () => {
  const error = { code: 400, message: 'stream_options is unknown' }
  const raw = `: PROCESSING\n\n: PROCESSING\n\ndata: ${JSON.stringify({ error })}\n\n`
  await network.script('refused-late', [{ raw }], yes)
  await answered(ann, await withModel(ann, 'refused-late'), turnOf('refused-late'))
  const sent = (await bodiesOf('refused-late')).map((one) => 'stream_options' in one)
  expect(sent).toEqual([true, false])
})

test('an endpoint that quotes the whole request is not asked for ever', async () => {
  const said = 'max_tokens stream_options role: system temperature image file tool_call_id is empty'
  await network.script('quotes-all', refused(inError(said)))
  await problemOf(proceed(ann, await withModel(ann, 'quotes-all'), withPicture('quotes-all')))
  expect((await network.seen('quotes-all')).length).toBeLessThan(8)
})

test('an answer that is no refusal of the request is asked for once', async () => {
  for (const [key, status] of [
    ['locked', 401],
    ['gone', 404],
    ['busy', 503],
  ] as const) {
    const name = `once-${key}`
    await network.script(name, refused('image', status))
    await problemOf(proceed(ann, await withModel(ann, name), withPicture(name)))
  }
  await network.script('once-inside', refused({ error: { type: 'overloaded_error' } }, 200))
  await problemOf(proceed(ann, await withModel(ann, 'once-inside'), withPicture('once-inside')))
  expect(await network.seen('once-inside')).toHaveLength(1)
  expect(await network.seen('once-gone')).toHaveLength(2)
  expect(await network.seen('once-locked')).toHaveLength(1)
  expect(await network.seen('once-busy')).toHaveLength(1)
})

test.each([
  'parameter.enable_thinking must be set to false for non-streaming calls',
  'This model only support stream mode, please enable the stream parameter to access the model.',
])('a model that only streams writes summaries so: %s', async (message) => {
  const key = keyOf('only-stream', message)
  await network.script(`${key}.summary`, refused(inError(message)), [
    { text: '<think>Hm.</think>Ann sails.' },
    { finish: 'stop' },
  ])
  const id = await withModel(ann, key)
  await ann.post(`/api/conversations/${id}/messages`, { messages: about(key, 10) })
  await summarised(ann, id, 10)
  expect((await read(ann, id)).summary).toBe('Ann sails.')
})

test('a background answer is read though it comes as a stream that nobody asked for', async () => {
  const event = { choices: [{ delta: { content: 'Ann sails.' }, finish_reason: 'eos' }] }
  await network.script('streamed-unasked.summary', [{ raw: `data: ${JSON.stringify(event)}\n\n` }])
  const id = await withModel(ann, 'streamed-unasked')
  await append(ann, id, about('streamed-unasked', 10))
  await summarised(ann, id, 10)
  expect((await read(ann, id)).summary).toBe('Ann sails.')
})

test('an end without a reason is one only for an endpoint that is known to give none', async () => {
  const done = 'data: [DONE]\n\n'
  const event = (content: string) =>
    `data: ${JSON.stringify({ choices: [{ delta: { content } }] })}\n\n`
  await network.script('no-reason', [{ raw: event('Whole') + done }])
  await network.script('no-reason-cut', [{ raw: event('Half') }])
  const settings = { MODEL_COMPAT: 'no-finish-reason' }
  const statusOf = async (key: string, more: object) =>
    (await answered(ann, await withModel(ann, key, more), turnOf(key))).message.status
  expect(await statusOf('no-reason', settings)).toBe('complete')
  expect(await statusOf('no-reason', {})).toBe('interrupted')
  expect(await statusOf('no-reason-cut', settings)).toBe('interrupted')
})
