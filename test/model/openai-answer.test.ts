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
