import { expect, test } from 'vitest'

import { read } from '../../src/model/openai-answer.ts'
import { call, chunk, readChunks, readOf, said, thought } from '../support/answers.ts'

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

test('an endpoint that gives its reason with every piece is heard out', async () => {
  const pauses = [900, 1_700]
  async function* slowly() {
    for (const delta of [{ content: 'One ' }, { content: 'two' }, call()]) {
      yield chunk(delta, 'stop')
      await scheduler.wait(pauses.shift() ?? 0)
    }
  }
  let isHungUp = false
  const reading = read(slowly(), 'sender', () => {
    isHungUp = true
  })
  let text = ''
  for await (const piece of reading) text += piece.text
  expect([text, isHungUp]).toEqual(['One two', false])
})

test('thoughts that come twice, in a field and in the text, count once', async () => {
  const { pieces, ending } = await readOf(
    { reasoning_content: 'I ', content: '<think>I ' },
    { reasoning_content: 'look.', content: 'look.' },
    { content: '</think>So.' },
    call(),
  )
  expect([said(pieces), thought(pieces)]).toEqual(['So.', 'I look.'])
  expect(ending.sent?.reasoning_field).toBe('reasoning_content')
})

test('a message beside an empty piece counts', async () => {
  const both = { delta: { role: 'assistant', content: '' }, message: { content: 'Yes' } }
  const { text } = await readChunks({ choices: [{ ...both, finish_reason: 'stop' }] })
  expect(text).toBe('Yes')
})

test.each([
  [{ reasoning_text: 'Hm.' }],
  [{ thinking: 'Hm.' }],
  [{ content: [{ type: 'reasoning', summary: [{ type: 'summary_text', text: 'Hm.' }] }] }],
  [{ thinking_blocks: [{ type: 'thinking', thinking: 'Hm.', signature: '' }] }],
  [{ reasoning_content: 'Hm.', thinking_blocks: [{ type: 'thinking', thinking: 'Hm.' }] }],
])('thoughts are read from %j', async (delta) => {
  const { pieces } = await readOf(delta)
  expect([said(pieces), thought(pieces)]).toEqual(['', 'Hm.'])
})

test.each([
  [
    'by themselves',
    [
      { thinking: 'I ', signature: '' },
      { thinking: 'look.', signature: null },
      { thinking: '', signature: 'sig' },
    ],
  ],
  [
    'with the whole once more',
    [{ thinking: 'I ' }, { thinking: 'look.' }, { thinking: 'I look.', signature: 'sig' }],
  ],
  ['whole', [{ thinking: 'I look.', signature: 'sig' }]],
])('blocks of thinking go back whole and signed: they come %s', async (_, blocks) => {
  const deltas = blocks.map((block) => ({ thinking_blocks: [{ type: 'thinking', ...block }] }))
  const { ending } = await readOf(...deltas, call())
  expect(ending.sent?.fields?.['thinking_blocks']).toEqual([
    { type: 'thinking', thinking: 'I look.', signature: 'sig' },
  ])
  const unsigned = await readOf({ thinking_blocks: [{ type: 'thinking', thinking: 'I' }] }, call())
  expect(unsigned.ending.sent?.fields).toEqual({})
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

test('thoughts in the text go back in it, with the calls that they led to', async () => {
  const { text, ending } = await readChunks(
    chunk({ content: '<think>I look.</think>So: ' }),
    chunk({ tool_calls: [{ index: 0, id: 'a', function: { name: 'look', arguments: '{}' } }] }),
    chunk({}, 'tool_calls'),
  )
  expect(text).toBe('So: ')
  expect(ending.sent?.reasoning_field).toBe('content')
})
