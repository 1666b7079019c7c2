import { expect, test } from 'vitest'

import type { Ending, Piece } from '../../src/model/model.ts'
import { read } from '../../src/model/openai-answer.ts'

/** What is read of an answer that comes in these pieces. */
async function readOf(...deltas: unknown[]): Promise<{ pieces: Piece[]; ending: Ending }> {
  async function* chunks() {
    for (const delta of deltas) yield { choices: [{ delta, finish_reason: null }] } as never
    yield { choices: [] } as never
    yield { choices: [{ finish_reason: 'stop' }] } as never
  }
  const pieces: Piece[] = []
  const reading = read(chunks(), 'sender')
  for (;;) {
    const step = await reading.next()
    if (step.done) return { pieces, ending: step.value }
    pieces.push(step.value)
  }
}

const said = (pieces: Piece[]) => pieces.map(({ text }) => text).join('')
const thought = (pieces: Piece[]) => pieces.map(({ reasoning }) => reasoning).join('')
const call = (more: object = {}, index = 0) => ({
  tool_calls: [{ index, id: `c${index}`, function: { name: 'look', arguments: '{}' }, ...more }],
})

test.each([
  ['nothing', null],
  ['a number', 7],
  ['an object', { text: 'no' }],
  ['a list of other things', [null, 7, 'no', { type: 'audio', text: 'no' }, { type: 'text' }]],
  ['thinking that is nothing', [{ type: 'thinking', thinking: 7 }]],
])('content that is %s says nothing', async (_, content) => {
  const { pieces, ending } = await readOf({ content }, null, { tool_calls: 'none' })
  expect([said(pieces), thought(pieces)]).toEqual(['', ''])
  expect(ending).toMatchObject({ finishReason: 'stop', toolCalls: null })
})

test('reasoning is read wherever it stands, and whatever stands beside it', async () => {
  const details = [
    { type: 'reasoning.summary', index: 0, summary: 'In short. ' },
    { type: 'reasoning.encrypted', index: 1, data: 'AAA' },
    { type: 'reasoning.encrypted', index: 1, data: 'BBB', format: null },
    'no object',
  ]
  const { pieces, ending } = await readOf({ reasoning_details: details, reasoning: null }, call())
  expect(thought(pieces)).toBe('In short. ')
  expect(ending.sent?.fields?.['reasoning_details']).toEqual([
    { type: 'reasoning.summary', index: 0, summary: 'In short. ' },
    { type: 'reasoning.encrypted', index: 1, data: 'AAABBB' },
    'no object',
  ])
})

test('fields that are wanted back are put together over the pieces of an answer', async () => {
  const { ending } = await readOf(
    { extra_content: { google: 1 }, provider_specific_fields: 'first' },
    { extra_content: { other: 2 }, provider_specific_fields: 'second' },
    call({ extra_content: { a: 1 } }),
    call({
      id: '',
      extra_content: { b: 2 },
      function: { arguments: '', signature: 's', none: null },
    }),
  )
  expect(ending.sent).toMatchObject({
    from: 'sender',
    fields: { extra_content: { google: 1, other: 2 }, provider_specific_fields: 'second' },
  })
  expect(ending.toolCalls).toMatchObject([
    { id: 'c0', extra: { extra_content: { a: 1, b: 2 }, function: { signature: 's' } } },
  ])
})

test('what could not be kept as it came is left out', async () => {
  const { ending } = await readOf(call({ extra_content: { text: '\0' } }), call({ note: '\uD800' }))
  expect(ending.toolCalls?.[0]).not.toHaveProperty('extra')
})

test('calls that have one id get their own', async () => {
  const { ending } = await readOf(call({ id: 'same' }), call({ id: 'same' }, 1))
  expect(ending.toolCalls?.[0]?.id).toBe('same')
  expect(ending.toolCalls?.[1]?.id).toMatch(/^call_/)
})

test.each([
  [['a\0b'], ['a\uFFFDb']],
  [
    ['a\uD83D', '\uDE00b'],
    ['a', '😀b'],
  ],
  [
    ['a\uD83D', '', '\uDE00b'],
    ['a', '', '😀b'],
  ],
  [
    ['a\uD83D', 'b\uDE00'],
    ['a', '\uFFFDb\uFFFD'],
  ],
  [
    ['a\uD83D', '\uD83D', '\uDE00'],
    ['a', '\uFFFD', '😀'],
  ],
  [['a\uD83D'], ['a', '\uFFFD']],
])('what can not be kept is replaced before it is told: %j', async (sent, told) => {
  const spoken = await readOf(...sent.map((content) => ({ content })))
  expect(spoken.pieces.map(({ text }) => text).filter(Boolean)).toEqual(told.filter(Boolean))
  const thoughts = await readOf(...sent.map((reasoning) => ({ reasoning })))
  expect(thoughts.pieces.map(({ reasoning }) => reasoning).filter(Boolean)).toEqual(
    told.filter(Boolean),
  )
})

/** What is read of whole chunks. */
async function readChunks(...chunks: unknown[]): Promise<{ text: string; ending: Ending }> {
  const reading = read(given(chunks), 'sender')
  const text: string[] = []
  for (;;) {
    const step = await reading.next()
    if (step.done) return { text: text.join(''), ending: step.value }
    text.push(step.value.text)
  }
}

async function* given(chunks: unknown[]) {
  yield* chunks
}

const chunk = (delta: object, reason: unknown = null, more: object = {}) => ({
  choices: [{ delta, finish_reason: reason }],
  ...more,
})

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
])('a reason to have failed is no reason to have finished: %s', async (reason, kind) => {
  await expect(readChunks(chunk({ content: 'Half' }, reason))).rejects.toMatchObject({ kind })
})

test.each<[unknown, string, number | null]>([
  [{ code: 429 }, 'overloaded', 429],
  [{ code: '529', message: 'secret' }, 'overloaded', 529],
  [{ status: 503 }, 'overloaded', 503],
  [{ type: 'overloaded_error' }, 'overloaded', null],
  [{ code: 'rate_limit_exceeded' }, 'overloaded', null],
  [{ code: 401 }, 'failed', 401],
  [{ code: 'content_policy' }, 'failed', null],
  ['text', 'failed', null],
])('an error amid the answer is told as what it is: %j', async (error, kind, status) => {
  const expected = { kind, failure: { status } }
  await expect(readChunks({ error })).rejects.toMatchObject(expected)
  await expect(readChunks({ choices: [{ error, delta: {} }] })).rejects.toMatchObject(expected)
})

test.each([
  [{ total_tokens: 12 }, 12],
  [{ total_tokens: 1.5 }, null],
  [{ total_tokens: '12' }, null],
  [{ total_tokens: -1 }, null],
  ['many', null],
])('tokens are a whole number or none: %j', async (usage, tokens) => {
  const { ending } = await readChunks(chunk({ content: 'Yes' }, 'stop'), { choices: [], usage })
  expect(ending.tokensUsed).toBe(tokens)
  const late = await readChunks({ choices: [{ delta: {}, finish_reason: 'stop', usage }] })
  expect(late.ending.tokensUsed).toBe(tokens)
})

test('a whole message counts if nothing was said before it, in text, parts or one part', async () => {
  const whole = (content: unknown) => ({
    choices: [{ message: { content }, finish_reason: 'stop' }],
  })
  expect((await readChunks(whole('Yes'))).text).toBe('Yes')
  expect((await readChunks(whole([{ type: 'output_text', text: 'Yes' }]))).text).toBe('Yes')
  expect((await readChunks(whole({ type: 'text', text: 'Yes' }))).text).toBe('Yes')
  expect((await readChunks(chunk({ content: 'Yes' }), whole('Yes'))).text).toBe('Yes')
})

test('a call in the older form is one', async () => {
  const called = { function_call: { name: 'look', arguments: '{}' } }
  const { ending } = await readChunks(chunk(called), chunk({}, 'function_call'))
  expect(ending.toolCalls).toMatchObject([{ function: { name: 'look', arguments: '{}' } }])
})

test('half a call is none, and the reply is not complete', async () => {
  const half = { tool_calls: [{ index: 0, id: 'a', function: { name: 'look', arguments: '{"a' } }] }
  expect((await readChunks(chunk(half), chunk({}, 'length'))).ending).toMatchObject({
    toolCalls: null,
    isCut: true,
  })
  // Of one that the model holds for whole it is for the client to say what is wrong.
  expect((await readChunks(chunk(half), chunk({}, 'tool_calls'))).ending.toolCalls).toHaveLength(1)
})

test('thoughts in the text go back in it, with the calls that they led to', async () => {
  const { text, ending } = await readChunks(
    chunk({ content: '<think>I look.</think>So: ' }),
    chunk({ tool_calls: [{ index: 0, id: 'a', function: { name: 'look', arguments: '{}' } }] }),
    chunk({}, 'tool_calls'),
  )
  expect(text).toBe('So: ')
  expect(ending.sent?.reasoning_field).toBe('content')
})
