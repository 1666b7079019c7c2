import fc from 'fast-check'
import { expect, test } from 'vitest'

import { ThoughtSplitter, saidIn, thoughtApart, withoutThoughts } from '../../src/model/thoughts.ts'

/** What is made of a text that comes in pieces. */
function split(...pieces: string[]) {
  const splitter = new ThoughtSplitter()
  const all = [...pieces.map((piece) => splitter.push(piece)), splitter.end()]
  return {
    text: all.map(({ text }) => text).join(''),
    reasoning: all.map(({ reasoning }) => reasoning).join(''),
  }
}

test.each([
  ['<think>Hm.</think>\n\nYes.', 'Hm.', 'Yes.'],
  ['\n <Thinking>Hm.</Thinking>Yes.', 'Hm.', 'Yes.'],
  ['[THINK]Hm.[/THINK]Yes.', 'Hm.', 'Yes.'],
  ['◁think▷Hm.◁/think▷ Yes.', 'Hm.', 'Yes.'],
  [
    '<|channel|>analysis<|message|>Hm.<|start|>assistant<|channel|>final<|message|>Yes.',
    'Hm.',
    'Yes.',
  ],
  [
    '<|channel|>analysis<|message|>Hm.<|end|><|start|>assistant<|channel|>final<|message|>Yes.',
    'Hm.',
    'Yes.',
  ],
  ['<|START_THINKING|>Hm.<|END_THINKING|>Yes.', 'Hm.', 'Yes.'],
  ['<|channel>thought\nHm.\n<channel|>Yes.', '\nHm.\n', 'Yes.'],
  ['<think>One.</think> <think>Two.</think>Yes.', 'One.Two.', 'Yes.'],
  ['<think></think>\n', '', ''],
  ['<think>\n\n</think>\n\nYes.', '', 'Yes.'],
  ['<think> \n', '', ''],
  ['<think>Never done', 'Never done', ''],
  ['<think>Done</think', 'Done</think', ''],
  ['</think>\n\nYes.', '', 'Yes.'],
  ['</thin', '', '</thin'],
  ['<|channel|>final<|message|>Yes.', '', 'Yes.'],
  [
    '<|start|>assistant<|channel|>analysis<|message|>Hm.<|start|>assistant<|channel|>final<|message|>Yes.',
    'Hm.',
    'Yes.',
  ],
  ['Say <think>x</think> to me', '', 'Say <think>x</think> to me'],
  ['  Two spaces', '', '  Two spaces'],
  ['<thin', '', '<thin'],
  ['<p>No thought</p>', '', '<p>No thought</p>'],
  ['', '', ''],
])('%j is told apart, in whatever pieces it comes', (whole, reasoning, text) => {
  expect(split(whole)).toEqual({ text, reasoning })
  expect(split(...whole.split(''))).toEqual({ text, reasoning })
  fc.assert(
    fc.property(fc.integer({ min: 0, max: whole.length }), (cut) => {
      expect(split(whole.slice(0, cut), whole.slice(cut))).toEqual({ text, reasoning })
    }),
  )
})

test('a text without marks comes as it is, whatever it is', () => {
  fc.assert(
    fc.property(fc.array(fc.string({ unit: 'binary' })), (pieces) => {
      const whole = pieces.join('')
      fc.pre(!/^\s*[<[◁]/.test(whole))
      expect(split(...pieces)).toEqual({ text: whole, reasoning: '' })
    }),
  )
})

test.each([
  ['I weigh it.\n</think>\n\nThe summary.', 'The summary.'],
  ['<think>I weigh it.</think>The summary.', 'The summary.'],
  ['Write <think>x</think> here.', 'Write <think>x</think> here.'],
  ['The summary.', 'The summary.'],
])('of %j only what was said counts', (whole, said) => {
  expect(saidIn(whole)).toBe(said)
})

test.each([
  ['I look.\n</think>\n\nYes.', 'I look.', 'Yes.'],
  ['I look.</think>\nYes.', 'I look.', 'Yes.'],
  ['I look.\n[/THINK]\nYes.', 'I look.', 'Yes.'],
  ['analysisI look.assistantfinalYes.', 'I look.', 'Yes.'],
  ['analysis of the sea', '', 'analysis of the sea'],
  ['The tag `</think>`\nends it.', '', 'The tag `</think>`\nends it.'],
  ['The tag </think> ends it.', '', 'The tag </think> ends it.'],
  ['It is <think>\n</think>\nyes.', '', 'It is <think>\n</think>\nyes.'],
  ['I look.\n</think>\n', '', 'I look.\n</think>\n'],
  ['Yes.', '', 'Yes.'],
])('of %j as a whole reply, the thoughts are %j', (whole, reasoning, text) => {
  expect(thoughtApart(whole)).toEqual({ text, reasoning })
})

test.each([
  ['Okay.\n<think>\nI weigh it.\n</think>\nThe summary.', 'Okay.\n\nThe summary.'],
  ['One.\n<think>a</think>\nTwo.\n<think>b</think>Three.', 'One.\n\nTwo.\nThree.'],
  ['<think>a</think>One.\n[THINK]b[/THINK]Two.', 'One.\nTwo.'],
  ['Write <think>x</think> here.', 'Write <think>x</think> here.'],
  ['One.\n<think>never done', 'One.\n<think>never done'],
])('of %j in the background only what was said counts', (whole, said) => {
  expect(withoutThoughts(whole)).toBe(said)
})
