import { expect, test } from 'vitest'

import { PathBeyond } from '../../../src/conversation/context/path-beyond.ts'

const rows = (from: number, to: number) =>
  Array.from({ length: to - from + 1 }, (_, n) => ({
    seq: from + n,
    role: (from + n) % 3 === 0 ? 'system' : 'user',
  })) as never[]

const seqsOf = (all: object[]) => all.map((row) => (row as { seq: number }).seq)

test('messages that are kept nowhere come first, then those that they go on from', () => {
  const base = new PathBeyond(null, rows(1, 6))
  const path = new PathBeyond(base as never, rows(7, 9))
  expect([base.end, path.end, new PathBeyond(null, []).end]).toEqual([6, 9, 0])
  expect(new PathBeyond(base as never, []).end).toBe(6)
  expect(seqsOf(path.before(10, 5).rows)).toEqual([9, 8, 7, 6, 5])
  expect(seqsOf(path.before(8, 3).rows)).toEqual([7, 6, 5])
  expect(seqsOf(path.before(4, 9).rows)).toEqual([3, 2, 1])
  expect(base.before(3, 9)).toMatchObject({ hasMore: false })
  expect([path.countBelow(8), path.countBelow(8, 3), base.countBelow(4)]).toEqual([7, 3, 3])
  expect(seqsOf(path.newestSpoken(4))).toEqual([8, 7, 5, 4])
  expect(seqsOf(path.newestSystem(2))).toEqual([9, 6])
  expect(seqsOf(base.newestSystem(5))).toEqual([6, 3])
})
