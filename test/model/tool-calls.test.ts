import { expect, test } from 'vitest'

import { ToolCalls } from '../../src/model/tool-calls.ts'

type Piece = Record<string, NonNullable<unknown>>

const piece = (index: number | null, id: string, name: string, given: unknown = ''): Piece => ({
  ...(index !== null && { index }),
  ...(id !== '' && { id }),
  function: { ...(name !== '' && { name }), arguments: given as string },
})

/** The calls that these pieces come to, as `name(arguments)`; with their ids. */
function callsIn(...pieces: Piece[]) {
  const calls = new ToolCalls()
  for (const one of pieces) calls.push(one)
  const all = calls.all ?? []
  return {
    said: all.map(({ function: { name, arguments: given } }) => `${name}(${given})`),
    ids: all.map(({ id }) => id),
    isCut: calls.isCut,
  }
}

test.each<[string, Piece[], string[]]>([
  [
    'in pieces, by index',
    [
      piece(0, 'a', 'look', '{"a"'),
      piece(1, 'b', 'see', '{'),
      piece(0, '', '', ':1}'),
      piece(1, '', '', '}'),
    ],
    ['look({"a":1})', 'see({})'],
  ],
  [
    'in pieces, by id alone',
    [
      piece(null, 'a', 'look', '{'),
      piece(null, 'b', 'see', '{'),
      piece(null, 'a', '', '}'),
      piece(null, 'b', '', '}'),
    ],
    ['look({})', 'see({})'],
  ],
  [
    'in pieces, and then whole again with other space',
    [
      piece(0, 'a', 'look', '{"a":'),
      piece(0, '', '', '1}'),
      piece(0, 'a', 'look', '{"a": 1}'),
      piece(0, 'a', '', '{ "a": 1 }'),
    ],
    ['look({"a":1})'],
  ],
  [
    'whole, all of one index',
    [piece(0, 'a', 'look', '{}'), piece(0, 'b', 'look', '{}')],
    ['look({})', 'look({})'],
  ],
  [
    'without arguments, all of one index',
    [piece(0, 'a', 'look'), piece(0, 'b', 'look')],
    ['look({})', 'look({})'],
  ],
  [
    'whole, by neither',
    [piece(null, '', 'look', '{}'), piece(null, '', 'look', '{"b":2}')],
    ['look({})', 'look({"b":2})'],
  ],
  [
    'in pieces, by neither',
    [piece(null, '', 'look', '{"a":'), piece(null, '', '', '1}')],
    ['look({"a":1})'],
  ],
  [
    'without arguments, as null',
    [piece(0, 'a', 'look', 'null'), piece(1, 'b', 'see', ' ')],
    ['look({})', 'see({})'],
  ],
  [
    'by neither, without arguments',
    [piece(null, '', 'look'), piece(null, '', 'see')],
    ['look({})', 'see({})'],
  ],
  [
    'in pieces, by an index that is a text',
    [
      { ...piece(null, 'a', 'look', '{"a"'), index: '0' },
      { ...piece(null, 'b', 'see', '{}'), index: '1' },
      { ...piece(null, '', '', ':1}'), index: '0' },
    ],
    ['look({"a":1})', 'see({})'],
  ],
  [
    'with an empty object before what it is',
    [piece(0, 'a', 'look', '{}'), piece(0, '', '', '{"a"'), piece(0, '', '', ':1}')],
    ['look({"a":1})'],
  ],
  ['with space around its name', [piece(0, 'a', ' look\n', '{}')], ['look({})']],
  [
    'with a name in pieces',
    [piece(0, 'a', 'get_'), piece(0, '', 'weather'), piece(0, '', '', '{}')],
    ['get_weather({})'],
  ],
  [
    'with the name again in each piece',
    [piece(0, 'a', 'look', ''), piece(0, 'a', 'look', '{"a":'), piece(0, 'a', 'look', '1}')],
    ['look({"a":1})'],
  ],
  [
    'with another id in each piece',
    [piece(0, 'a', 'look', '{"a":'), piece(0, 'b', 'look', '1'), piece(0, 'c', '', '}')],
    ['look({"a":1})'],
  ],
  ['with an id that comes late', [piece(0, '', 'look', '{'), piece(0, 'a', '', '}')], ['look({})']],
  [
    'told again when it is whole',
    [piece(0, 'a', 'look', '{"a":1}'), piece(0, 'a', 'look', '{"a":1}')],
    ['look({"a":1})'],
  ],
  [
    'told again by its name',
    [piece(0, '', 'look', '{"a":1}'), piece(0, '', 'look')],
    ['look({"a":1})'],
  ],
  [
    'of one id and several indexes',
    [piece(0, 'a', 'look', '{}'), piece(1, 'a', 'look', '{"b":2}')],
    ['look({})', 'look({"b":2})'],
  ],
  [
    'of one id and one index',
    [piece(0, 'a', 'look', '{}'), piece(0, 'a', 'look', '{"b":2}')],
    ['look({})', 'look({"b":2})'],
  ],
  ['with arguments as JSON', [piece(0, 'a', 'look', { at: 'sea' })], ['look({"at":"sea"})']],
  [
    'with arguments as JSON, later',
    [piece(0, 'a', 'look'), piece(0, 'a', '', { at: 'sea' })],
    ['look({"at":"sea"})'],
  ],
  [
    'in pieces that each hold all there is',
    [
      piece(0, 'a', 'get', '{"a"'),
      piece(0, 'a', 'get_it', '{"a":1'),
      piece(0, '', '', '{"a":1}'),
      piece(0, '', '', ''),
    ],
    ['get_it({"a":1})'],
  ],
  [
    'in pieces that look so, and are not',
    [piece(0, 'a', 'look', '{"a":'), piece(0, '', '', '{"a":1}'), piece(0, '', '', '}')],
    ['look({"a":{"a":1}})'],
  ],
  [
    'with a name behind the arguments',
    [piece(0, 'a', '', '{"a":1}'), piece(0, '', 'look')],
    ['look({"a":1})'],
  ],
  [
    'that are counted as two in the middle',
    [piece(0, 'a', 'look', '{"a"'), piece(1, '', '', ':1}'), piece(2, 'b', 'see', '{}')],
    ['look({"a":1})', 'see({})'],
  ],
  [
    'with arguments that are quoted twice',
    [piece(0, 'a', 'look', '"{\\"a\\":1}"')],
    ['look({"a":1})'],
  ],
  ['with arguments that are a text', [piece(0, 'a', 'look', '"{ a"')], ['look("{ a")']],
  [
    'with a mark of a template in the name',
    [piece(0, 'a', 'look<|channel|>commentary', '{}'), piece(1, 'b', '<|call|>', '{}')],
    ['look({})'],
  ],
  [
    'without a name',
    [piece(0, 'a', '', '{}'), piece(1, 'b', ' ', '{}'), piece(2, 'c', 'n'.repeat(257), '{}')],
    [],
  ],
])('calls %s', (_, pieces, said) => {
  const { said: found, ids } = callsIn(...pieces)
  expect(found).toEqual(said)
  expect(new Set(ids).size).toBe(ids.length)
})

test('ids that we make are short enough for every endpoint', () => {
  const { ids } = callsIn(piece(0, '', 'look', '{}'), piece(1, 'x'.repeat(9_000), 'see', '{}'))
  for (const id of ids) expect(id).toMatch(/^call_[\w-]{1,35}$/)
  expect(callsIn(piece(0, 'x'.repeat(4_572), 'look', '{}')).ids).toEqual(['x'.repeat(4_572)])
})

test('it is known whether one was cut', () => {
  expect(callsIn(piece(0, 'a', 'look', '{"a":')).isCut).toBe(true)
  expect(callsIn(piece(0, 'a', 'look')).isCut).toBe(true)
  expect(callsIn(piece(0, 'a', 'look'), piece(1, 'b', 'see', '{}')).isCut).toBe(false)
  expect(callsIn(piece(0, 'a', 'look', '['), piece(0, '', '', '{"a":1}')).isCut).toBe(true)
  expect(callsIn(piece(0, 'a', 'look', '{"a"'), piece(0, '', '', '{"a":1}')).isCut).toBe(false)
  expect(callsIn().isCut).toBe(false)
})
