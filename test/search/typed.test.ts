import { expect, test } from 'vitest'

import { asTyped } from '../../src/page/list/typed.ts'

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
