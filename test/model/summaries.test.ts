import { expect, test } from 'vitest'

import { ModelError } from '../../src/model/model.ts'
import { summaryIn } from '../../src/model/summaries.ts'

test.each([
  'Ann sails.',
  '```\nAnn sails.\n```',
  '{"summary": "Ann sails."}',
  '{"new_summary": "Ann sails.", "language": "en"}',
  '{"summary": ["Ann", "sails."]}',
  '[{"text": "Ann sails."}]',
  '"Ann sails."',
  '“Ann sails.”',
  '<answer>\nAnn sails.\n</answer></s>',
  '# Summary\n\nAnn sails.',
  '**Summary:** Ann sails.',
  'SUMMARY:\nAnn sails.',
  'Summary of the conversation: Ann sails.',
  'Resumen: Ann sails.',
  'Here is the updated summary:\n\nAnn sails.',
  'Sure! Here is the JSON:\n```json\n{"summary": "Ann sails."}\n```',
  'Here is the summary:\n<summary>\nAnn sails.\n</summary>',
  '<|channel|>final<|message|>Ann sails.<|return|>',
  '<|START_RESPONSE|>Ann sails.<|END_RESPONSE|>',
  '<|im_start|>assistant\nAnn sails.<|im_end|>',
  'Ann sails.<｜end▁of▁sentence｜>',
])('%j is a summary, without what stands around it', (answer) => {
  expect(summaryIn(answer)).toBe('Ann sails.')
})

test.each([
  'Ann sets {"a": "b"}',
  '{"who": "Ann", "what": "sails"}',
  'Ann wants a summary: she sails.',
  'Here, Ann decided:\n- to sail',
  '# Cadiz\n\nAnn sails.',
  '"Sail" is what Ann said, and "now".',
  "I can't swim, says Ann. ".repeat(20).trim(),
  'Ann asks what </s> means.',
  'I can’t swim, says Ann.',
  'No puedo dormir, dice Ann.',
])('%j stays as it is', (answer) => {
  expect(summaryIn(answer)).toBe(answer)
})

test.each([
  '',
  '...',
  '**',
  '```\n```',
  '{}',
  '{"summary": ""}',
  'null',
  'N/A',
  '\u200B',
  '<|im_end|>',
  "I'm sorry, but I can't assist with that request.",
  'Lo siento, no puedo ayudar con eso.',
])('%j is no summary', (answer) => {
  expect(() => summaryIn(answer)).toThrow(ModelError)
})

test.each([' ', '\n', '<|a|>', 'a:\n', '\\n', '"', '# ', '[{', '}', 'the '])(
  'a summary with very many of %j does not take for ever',
  (piece) => {
    expect(summaryIn(`a${piece.repeat(100_000)}b`)).toMatch(/^a[^]*b$/)
  },
)
