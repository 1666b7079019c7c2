import { expect, test } from 'vitest'

import { timeOf } from '../../../src/portable/import/times.ts'

const TIME = 1_700_000_000_123

test.each([
  ['seconds', 1_700_000_000.123],
  ['milliseconds', TIME],
  ['microseconds', 1_700_000_000_123_456],
  ['nanoseconds', 1.700000000123e18],
  ['text of seconds', ' 1700000000.123 '],
  ['ISO 8601', '2023-11-14T22:13:20.123Z'],
  ['another zone', '2023-11-15T01:13:20.123+03:00'],
  ['microseconds in ISO 8601', '2023-11-14T22:13:20.123456+00:00'],
  ['a date of MongoDB', { $date: '2023-11-14T22:13:20.123Z' }],
  ['an older one', { $date: { $numberLong: '1700000000123' } }],
  ['hours of a zone alone', '2023-11-15T00:13:20.123+02'],
  ['no signs between', '20231114T221320.123Z'],
  ['a comma', '2023-11-14 22:13:20,123456'],
  ['the name of a zone', '2023-11-14T23:13:20.123+01:00[Europe/Rome]'],
  ['seconds of Firestore', { _seconds: 1_700_000_000.123, _nanoseconds: 0 }],
])('reads %s', (_, value) => {
  expect(timeOf(value)).toBe(TIME)
})

test.each([
  null,
  undefined,
  '',
  'yesterday',
  0,
  -1,
  Number.NaN,
  Number.POSITIVE_INFINITY,
  1e300,
  true,
  {},
  [],
  '1969-12-31T00:00:00Z',
  '+275000-01-01T00:00:00Z',
  '-5',
  'Chat 7',
])('%j is no time', (value) => {
  expect(timeOf(value)).toBeNull()
})
