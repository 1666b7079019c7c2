import { expect, test } from 'vitest'

import { nameOf } from '../../src/events.ts'
import { type Trouble, troubleOf } from '../../src/storage/trouble.ts'
import { d1Error } from '../support/record.ts'

test.for<[trouble: Trouble, message: string]>([
  ['overloaded', 'D1 DB is overloaded. Requests queued for too long.'],
  ['overloaded', 'D1 DB is overloaded. Too many requests queued.'],
  ['overloaded', "D1 DB's isolate exceeded its memory limit and was reset."],
  ['overloaded', 'D1 DB exceeded its CPU time limit and was reset.'],
  ['timeout', 'D1 DB storage operation exceeded timeout which caused object to be reset.'],
  ['connection-lost', 'Network connection lost.'],
  ['connection-lost', 'Cannot resolve D1 DB due to transient issue on remote node.'],
  ['reset', 'D1 DB reset because its code was updated.'],
  ['reset', 'Internal error in D1 DB storage caused object to be reset.'],
  ['constraint', 'FOREIGN KEY constraint failed: SQLITE_CONSTRAINT'],
  ['missing-table', 'no such table: conversations: SQLITE_ERROR'],
  ['full', 'Exceeded maximum DB size.'],
  ['full', "Your account has exceeded D1's maximum account storage limit."],
  ['unknown', 'near "x": syntax error at offset 0'],
])('calls it %s: %s', ([trouble, message]) => {
  expect(troubleOf(d1Error(message))).toBe(trouble)
  expect(troubleOf(new Error('outer', { cause: d1Error(message) }))).toBe(trouble)
})

test('does not read the message of Drizzle, which quotes what people wrote', () => {
  class DrizzleQueryError extends Error {
    override readonly name = 'DrizzleQueryError'
  }
  const quoting = (cause?: unknown) =>
    new DrizzleQueryError('Failed query\nparams: timeout, overloaded', { cause })
  expect(troubleOf(quoting(d1Error('Network connection lost.')))).toBe('connection-lost')
  expect(troubleOf(quoting())).toBe('unknown')
  expect(nameOf(quoting(new TypeError('secret')))).toBe('DrizzleQueryError < TypeError')
})

test('has a word for what is no error at all', () => {
  for (const thrown of ['timeout', null, undefined, 7, {}])
    expect(troubleOf(thrown)).toBe('unknown')
  expect(nameOf('secret')).toBe('string')
})

test('ends when an error is its own cause', () => {
  const error = new Error('strange')
  error.cause = error
  expect(nameOf(error)).toBe('Error < Error < Error < Error < Error')
})
