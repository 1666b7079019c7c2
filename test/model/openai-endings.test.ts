import { expect, test } from 'vitest'

import { ModelError } from '../../src/model/model.ts'
import { read } from '../../src/model/openai-answer.ts'
import { chunk, given, readChunks } from '../support/answers.ts'

test.each(['stop', 'STOP', 'eos', 'eos_token', 'end_turn', 'stop_sequence', 'model_length'])(
  'an answer that finishes by %s is complete',
  async (reason) => {
    const { ending } = await readChunks(
      chunk({ content: 'Yes' }, ''),
      chunk({}, reason),
      chunk({}, ''),
    )
    expect(ending.finishReason).toBe(reason)
  },
)

test.each([
  ['error', 'failed'],
  ['abort', 'failed'],
  ['network_error', 'failed'],
  ['MALFORMED_FUNCTION_CALL', 'failed'],
  ['insufficient_system_resource', 'overloaded'],
  ['function_call_filter: UNEXPECTED_TOOL_CALL', 'failed'],
  ['exception', 'failed'],
  ['timed_out', 'failed'],
  ['interrupted', 'failed'],
  ['server_busy', 'overloaded'],
  ['throttled', 'overloaded'],
  ['rate limit', 'overloaded'],
])('a reason to have failed is no reason to have finished: %s', async (reason, kind) => {
  await expect(readChunks(chunk({ content: 'Half' }, reason))).rejects.toMatchObject({ kind })
})

test.each<[unknown, string, number | null]>([
  [{ code: 429 }, 'overloaded', 429],
  [{ code: '529', message: 'secret' }, 'overloaded', 529],
  [{ status: 503 }, 'overloaded', 503],
  [{ type: 'overloaded_error' }, 'overloaded', null],
  [{ code: 'rate_limit_exceeded' }, 'overloaded', null],
  [{ error: { type: 'overloaded_error' }, type: 'error' }, 'overloaded', null],
  [{ type: 'server_error' }, 'overloaded', null],
  [{ type: 'ThrottlingException' }, 'overloaded', null],
  [{ status: 'RESOURCE_EXHAUSTED' }, 'overloaded', null],
  [{ status_code: 503 }, 'overloaded', 503],
  ['Rate limit exceeded', 'overloaded', null],
  [{ code: 401 }, 'failed', 401],
  [{ type: 'invalid_request_error', message: 'a server error is' }, 'failed', null],
  [{ code: 'content_policy' }, 'failed', null],
  ['text', 'failed', null],
])('an error amid the answer is told as what it is: %j', async (error, kind, status) => {
  const expected = { kind, failure: { status } }
  await expect(readChunks({ error })).rejects.toMatchObject(expected)
  await expect(readChunks({ choices: [{ error, delta: {} }] })).rejects.toMatchObject(expected)
})

test.each<[object, string, number | null]>([
  [{ object: 'error', message: 'secret', code: 429 }, 'overloaded', 429],
  [{ type: 'error', message: 'secret' }, 'failed', null],
  [{ error: true, message: 'Too many requests' }, 'overloaded', null],
  [{ code: 'Throttling.RateQuota', message: 'secret' }, 'overloaded', null],
  [{ code: 50505, message: 'Model service overloaded', data: null }, 'overloaded', null],
  [{ success: false, errors: [{ code: 5007 }] }, 'failed', null],
  [{ success: false, errors: [{ code: 3040, message: 'Capacity exceeded' }] }, 'overloaded', null],
  [{ error_code: 18, error_msg: 'Open api qps request limit reached' }, 'overloaded', null],
  [{ error_code: 336_003, error_msg: 'no messages' }, 'failed', null],
  [{ code: 503, msg: 'secret' }, 'overloaded', 503],
  [{ error: { code: '1305', message: '该模型当前访问量过大，请您稍后再试' } }, 'overloaded', null],
  [{ error: { message: 'We experience high demand.' } }, 'overloaded', null],
  [{ statusCode: 400, message: 'secret' }, 'failed', 400],
  [
    { choices: null, base_resp: { status_code: 1002, status_msg: 'rate limit' } },
    'overloaded',
    null,
  ],
])('so is one that has no field of its own: %j', async (chunk, kind, status) => {
  await expect(readChunks(chunk)).rejects.toMatchObject({ kind, failure: { status } })
})

test.each([{ error: '' }, { error: {} }, { error: { code: '', message: null } }, { error: false }])(
  'a field for errors that says nothing is none: %j',
  async (more) => {
    const { text } = await readChunks(chunk({ content: 'Yes' }, 'stop', more))
    expect(text).toBe('Yes')
    const fine = { code: 0, message: 'success', base_resp: { status_code: 0, status_msg: '' } }
    expect((await readChunks(fine, chunk({ content: 'Yes' }, 'stop', fine))).text).toBe('Yes')
  },
)

test('an error amid the answer says when to come back', async () => {
  const error = { code: 429, metadata: { headers: { 'Retry-After': '7' } } }
  await expect(readChunks({ error })).rejects.toMatchObject({ retryAfter: 7 })
})

test.each([
  ['a reason to have failed', [chunk({ content: 'Half' }, 'error')]],
  ['an error in it', [chunk({ content: 'Half' }, null, { error: { code: 500 } })]],
  ['an error in its choice', [{ choices: [{ delta: { content: 'Half' }, error: { code: 500 } }] }]],
  ['an error behind it', [chunk({ content: 'Ha' }), chunk({ content: 'lf' }), { error: 'no' }]],
])('what was said is told before the failure: %s', async (_, chunks) => {
  const told: string[] = []
  const listening = async () => {
    for await (const { text } of read(given(chunks), 'sender')) told.push(text)
  }
  await expect(listening()).rejects.toBeInstanceOf(ModelError)
  expect(told.join('')).toBe('Half')
})

test('so is what was held back as the beginning of a mark', async () => {
  const told: string[] = []
  const listening = async () => {
    const chunks = [chunk({ content: '<thi' }), { error: { code: 500 } }]
    for await (const { text } of read(given(chunks), 'sender')) told.push(text)
  }
  await expect(listening()).rejects.toBeInstanceOf(ModelError)
  expect(told.join('')).toBe('<thi')
})

test('nothing that comes after the end undoes it', async () => {
  const whole = chunk({ content: 'Yes' }, 'stop')
  expect((await readChunks(whole, { error: { code: 500 } })).text).toBe('Yes')
  expect((await readChunks(whole, chunk({}, 'error'))).ending.finishReason).toBe('stop')
})

test('a reason by its other name is one', async () => {
  const last = {
    choices: [{ delta: { content: 'Yes' }, finish_reason: null, finishReason: 'stop' }],
  }
  expect((await readChunks(last)).ending.finishReason).toBe('stop')
})

test.each(['', 'null', 'None', 'FINISH_REASON_UNSPECIFIED'])(
  'a word for no reason is none: %j',
  async (reason) => {
    expect((await readChunks(chunk({ content: 'Yes' }, reason))).ending.finishReason).toBeNull()
  },
)

test('half a call is none, and the reply is not complete', async () => {
  const half = { tool_calls: [{ index: 0, id: 'a', function: { name: 'look', arguments: '{"a' } }] }
  expect((await readChunks(chunk(half), chunk({}, 'length'))).ending).toMatchObject({
    toolCalls: null,
    isCut: true,
  })
  // Of one that the model holds for whole it is for the client to say what is wrong.
  expect((await readChunks(chunk(half), chunk({}, 'tool_calls'))).ending.toolCalls).toHaveLength(1)
})

test('calls that nobody can make are no answer, unless something was said', async () => {
  const nameless = { tool_calls: [{ index: 0, id: 'a', function: { name: '', arguments: '{}' } }] }
  const ended = chunk({}, 'tool_calls')
  expect((await readChunks(chunk(nameless), ended)).ending.isCut).toBe(true)
  expect((await readChunks(chunk({ reasoning: 'Hm' }), chunk(nameless), ended)).ending.isCut).toBe(
    true,
  )
  const { ending } = await readChunks(chunk({ content: 'Yes' }), chunk(nameless), ended)
  expect([ending.isCut, ending.finishReason]).toEqual([undefined, 'tool_calls'])
})

test.each([
  [1, 'stop'],
  [2, 'length'],
  [9, '9'],
  [0, null],
  [true, null],
])('a reason that is a number is one: %j', async (reason, told) => {
  expect((await readChunks(chunk({ content: 'Yes' }, reason))).ending.finishReason).toBe(told)
})
