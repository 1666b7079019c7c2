import { expect, test } from 'vitest'

import { asTyped, isQuery } from '../../src/page/list/typed.ts'

test.each([
  ['hot', 'hot*'],
  ['"el hotel" ca', '"el hotel" ca*'],
  ['"el ho', '"el ho'],
  ['"el hotel"', '"el hotel"'],
  ['dog -cat', 'dog -cat'],
  ['dog -"a cat', 'dog -"a cat'],
  ['well-kno', 'well-kno*'],
  ['hot*', 'hot*'],
  ['', ''],
])('of %s the last word may go on', (q, sent) => {
  expect(asTyped(q)).toBe(sent)
})

test.each([
  ['"', false],
  ['"h', true],
  ['-', false],
  ['-hotel', false],
  ['-"el hotel" ...', false],
  ['-hotel donde', true],
  ['*', false],
  ['京', true],
  ['🎉', true],
])('%s asks for something: %s', (q, expected) => {
  expect(isQuery(q)).toBe(expected)
})
