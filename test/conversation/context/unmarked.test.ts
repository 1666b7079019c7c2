import { expect, test } from 'vitest'

import { unmarked } from '../../../src/conversation/memory/shortened.ts'

test.each([
  ['**Where** is the *old* hotel?', 'Where is the old hotel?'],
  ['# Plan\n\n- one\n- two', 'Plan one two'],
  ['See [the page](https://example.com) and `code`', 'See the page and code'],
  ['<p>Hello <b class="x">there</b></p>', 'Hello there'],
  [
    'What is 2**3 * 4 in __init__ of List<String>?',
    'What is 2**3 * 4 in __init__ of List<String>?',
  ],
  ['a < b and c > d', 'a < b and c > d'],
])('%s without marks', (text, plain) => {
  expect(unmarked(text)).toBe(plain)
})
