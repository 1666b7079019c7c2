import { expect, test } from 'vitest'

import type { Piece } from '../../../src/portable/import/piece.ts'
import { Splitter } from '../../../src/portable/import/splitter.ts'
import { seeded } from '../../support/histories.ts'

const decode = (bytes: Uint8Array | null) => new TextDecoder().decode(bytes ?? new Uint8Array())

/** The pieces of a text that comes in chunks which end at those bytes. */
function split(text: string, ends: number[] = []) {
  const bytes = new TextEncoder().encode(text)
  const splitter = new Splitter()
  const pieces: Piece[] = []
  let from = 0
  for (const end of [...ends, bytes.byteLength]) {
    pieces.push(...splitter.push(bytes.slice(from, end)))
    from = end
  }
  const rest = splitter.end()
  const all = rest ? [...pieces, rest] : pieces
  const told = all.map((piece) => `${piece.kind} ${piece.offset} ${decode(piece.bytes)}`)
  return { told, isWhole: splitter.isWhole, hasStrays: splitter.hasStrays }
}

test.each([
  [
    'an array',
    '[{"a":1},[2],"x]",3]',
    ['element 1 {"a":1}', 'element 9 [2]', 'element 13 "x]"', 'element 18 3'],
  ],
  ['an empty array', ' [ ] ', []],
  ['an object', '{"a":[1,{}]}', ['document 0 {"a":[1,{}]}']],
  ['two values', '[1]\n{"a":2}', ['element 1 1', 'document 4 {"a":2}']],
  [
    'an object that holds conversations',
    '{"v":1,"conversations":[{"a":1} , {"b":[]}],"end":{"n":2}}',
    [
      'opening 0 {"v":1,"conversations":[]}',
      'element 24 {"a":1}',
      'element 34 {"b":[]}',
      'document 0 {"v":1,"conversations":[],"end":{"n":2}}',
    ],
  ],
  [
    'an object that holds chats deeper',
    '{"x":[["chats"]],"data":{"v":{"chats":[0]},"chats":[{"a":1}],"w":2},"y":3}',
    [
      'opening 0 {"x":[["chats"]],"data":{"v":{"chats":[0]},"chats":[]}}',
      'element 52 {"a":1}',
      'document 0 {"x":[["chats"]],"data":{"v":{"chats":[0]},"chats":[],"w":2},"y":3}',
    ],
  ],
  [
    'chats at the top, and lists of others',
    '{"data":[["chats",{"chats":[1]}]],"chats":[2],"more":[3]}',
    [
      'opening 0 {"data":[["chats",{"chats":[1]}]],"chats":[]}',
      'element 43 2',
      'document 0 {"data":[["chats",{"chats":[1]}]],"chats":[],"more":[3]}',
    ],
  ],
  [
    'one that only seems to',
    '{"x":"conversations","y":[1],"conversations":3,"z":{"conversations":[1]}}',
    ['document 0 {"x":"conversations","y":[1],"conversations":3,"z":{"conversations":[1]}}'],
  ],
  [
    'escapes',
    '["\\"]","\\\\",{"\\u005d":"é🧭]"}]',
    ['element 1 "\\"]"', 'element 7 "\\\\"', 'element 12 {"\\u005d":"é🧭]"}'],
  ],
  [
    'escapes of escapes',
    '["a\\\\\\"]b","\\\\\\\\",2]',
    ['element 1 "a\\\\\\"]b"', 'element 11 "\\\\\\\\"', 'element 18 2'],
  ],
])('cuts %s, wherever its chunks end', (_, text, told) => {
  expect(split(text)).toEqual({ told, isWhole: true, hasStrays: false })
  const { length } = new TextEncoder().encode(text)
  for (let end = 0; end <= length; end += 1) expect(split(text, [end]).told).toEqual(told)
  const each = Array.from({ length }, (_empty, at) => at + 1)
  expect(split(text, each).told).toEqual(told)
})

test.each([
  ['[1,{"a":2', ['element 1 1', 'cut 3 {"a":2'], false],
  ['[{"a":1}', ['element 1 {"a":1}'], false],
  ['[{"a":1},', ['element 1 {"a":1}'], false],
  ['{"a":', ['cut 0 {"a":'], false],
  ['["x', ['cut 1 "x'], false],
])('tells what %s ends with', (text, told, isWhole) => {
  expect(split(text)).toMatchObject({ told, isWhole })
})

test.each(['x', '"[1]"', '[1]]', '}', '[1] 2', 'x [1]'])(
  'finds what stands where no value can in %s',
  (text) => {
    expect(split(text)).toMatchObject({ hasStrays: true, isWhole: false })
  },
)

test('cuts any list of anything into what it is made of', () => {
  const random = seeded(1)
  const below = (limit: number) => Math.floor(random() * limit)
  const value = (depth: number): unknown => {
    const kind = below(depth > 3 ? 4 : 6)
    if (kind === 0) return below(1000)
    if (kind === 1) return null
    if (kind < 4) return '"\\[]{},:é🧭 '.slice(below(6), 6 + below(8))
    const items = Array.from({ length: below(4) }, () => value(depth + 1))
    return kind === 4 ? items : Object.fromEntries(items.map((item, at) => [`k"${at}`, item]))
  }
  for (let round = 0; round < 200; round += 1) {
    const list = Array.from({ length: below(5) }, () => value(0))
    const text = JSON.stringify(list, null, below(3))
    const { length } = new TextEncoder().encode(text)
    const { told, isWhole } = split(
      text,
      [below(length), length].toSorted((a, b) => a - b),
    )
    const values = told.map((one) => JSON.parse(one.replace(/^element \d+ /, '')))
    expect({ values, isWhole }).toEqual({ values: list, isWhole: true })
  }
})
