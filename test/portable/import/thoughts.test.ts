import { expect, test } from 'vitest'

import { withThoughtsApart } from '../../../src/portable/import/blocks.ts'

/** What a text thinks, and what it says. */
function read(text: string): string[] {
  const blocks = withThoughtsApart([{ kind: 'text', text, raw: null }])
  return blocks.flatMap((block) => {
    if (block.kind === 'thought') return [`(${block.thought.text})`]
    return block.kind === 'text' ? [block.text] : []
  })
}

test.each([
  '<think>Hm</think>\n\nSo.',
  '<thinking>\nHm\n</thinking>So.',
  '<thought>Hm</thought>So.',
  '<reason>Hm</reason>So.',
  '<reasoning>\nHm\n</reasoning>\nSo.',
  '<seed:think>Hm</seed:think>So.',
  '[THINK]Hm[/THINK]So.',
  '<|begin_of_thought|>\n\nHm\n\n<|end_of_thought|>\n\nSo.',
  '◁think▷Hm◁/think▷So.',
  '<|channel|>analysis<|message|>Hm<|end|><|start|>assistant<|channel|>final<|message|>So.',
  ':::thinking\nHm\n:::\nSo.',
  'Hm\n</think>\n\nSo.',
])('%j thinks, then says', (text) => {
  expect(read(text)).toEqual(['(Hm)', 'So.'])
})

test.each([
  'A model ends with </think> what it thinks.',
  'Write `</think>`\nat the end.',
  'First <think>x</think>\nthen y.',
  '<thought>x</reason>\nSo.',
  'Hm</think>',
  '<think>Hm',
])('%j only says', (text) => {
  expect(read(text)).toEqual([text])
})

test('thoughts that come one after the other are all thoughts, and the whole is kept once', () => {
  const text = '<think>a</think>\n<think>b</think>\nSo.'
  expect(read(text)).toEqual(['(a)', '(b)', 'So.'])
  const said = withThoughtsApart([{ kind: 'text', text, raw: null }]).at(-1)
  expect(said).toMatchObject({ raw: { text } })
})

test('marks around nothing are no thought', () => {
  expect(read('<think>\n\n</think>\n\nSo.')).toEqual(['So.'])
})
