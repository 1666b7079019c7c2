import { expect, test } from 'vitest'

import { newRow } from '../../../src/conversation/head/fields.ts'
import { type Outcome, outcomeOf } from '../../../src/conversation/record/outbox.ts'
import type { Found, Batch } from '../../../src/storage/projection.ts'

const row = newRow(
  'c',
  { kind: 'user', id: 'ann' },
  { title: null, topic: null, language: 'es', metadata: {} },
  0,
)

/** Messages 3 and 4 of four, at version 7, on their way to a record that has two. */
const sent: Batch = {
  row: { ...row, lastSeq: 4, version: 7 },
  from: 2,
  since: 3,
  ids: [
    [2, 'b'],
    [3, 'c'],
    [4, 'd'],
  ],
  asksUsage: false,
  confirmed: null,
  messages: '[]',
}

const found = (lastSeq: number, version: number, ids: Record<number, string>): Found => ({
  lastSeq,
  version,
  ids: new Map(Object.entries(ids).map(([seq, id]) => [Number(seq), id])),
})

test.for<[title: string, found: Found | null, outcome: Outcome]>([
  ['all of it', found(4, 7, { 2: 'b', 3: 'c', 4: 'd' }), { kind: 'done', seq: 4, version: 7 }],
  [
    'what an earlier write brought',
    found(3, 6, { 2: 'b', 3: 'c' }),
    { kind: 'done', seq: 3, version: null },
  ],
  ['no row', null, { kind: 'behind', seq: 0 }],
  ['fewer messages than before', found(1, 3, {}), { kind: 'behind', seq: 1 }],
  ['fewer, and one of them another', found(1, 3, { 2: 'x' }), { kind: 'behind', seq: 1 }],
  [
    'a version from before a message was completed',
    found(2, 2, { 2: 'b' }),
    { kind: 'behind', seq: 2 },
  ],
  ['another last message', found(2, 6, { 2: 'x' }), { kind: 'different' }],
  ['no message when it counts one', found(2, 6, {}), { kind: 'different' }],
  [
    'another message when one was sent',
    found(4, 7, { 2: 'b', 3: 'x', 4: 'd' }),
    { kind: 'different' },
  ],
  ['another message past its counter', found(2, 6, { 2: 'b', 3: 'x' }), { kind: 'different' }],
  [
    'the same messages past its counter',
    found(2, 6, { 2: 'b', 3: 'c' }),
    { kind: 'done', seq: 2, version: null },
  ],
  ['more than the log', found(6, 9, { 2: 'b', 3: 'c', 4: 'd' }), { kind: 'ahead' }],
  ['a later version than the log', found(4, 8, { 2: 'b', 3: 'c', 4: 'd' }), { kind: 'ahead' }],
])('takes a record that holds %s for what it is', ([, held, outcome]) => {
  expect(outcomeOf(sent, held, 4, 7)).toEqual(outcome)
})

test('never moves the cursor past what was sent', () => {
  const held = found(5, 7, { 2: 'b', 3: 'c', 4: 'd' })
  expect(outcomeOf(sent, held, 5, 7)).toMatchObject({ kind: 'done', seq: 4 })
})
