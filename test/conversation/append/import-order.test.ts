import fc from 'fast-check'
import { expect, test } from 'vitest'

import { mergedExtra } from '../../../src/conversation/append/extra-merge.ts'
import { at } from '../../support/api.ts'
import { type Exported, asLines } from '../../support/given-exports.ts'
import { elsewhere, extraOf, importedAs, importing } from '../../support/importing.ts'
import { eventually, rowOf } from '../../support/record.ts'

/** Every leaf of a value, with the keys that lead to it; elements count by what they are, not by if. */
function leaves(value: unknown, path = ''): string[] {
  if (Array.isArray(value)) {
    return [`${path}[]`, ...value.flatMap((one) => leaves(one, `${path}[]`))]
  }
  if (typeof value === 'object' && value !== null) {
    const inner = Object.entries(value).flatMap(([key, one]) => leaves(one, `${path}/${key}`))
    return [`${path}{}`, ...inner]
  }
  return [`${path}=${JSON.stringify(value)}`]
}

const value = fc.oneof(fc.constantFrom(1, 2, 'a', null, true), fc.constantFrom([], {}))
const element = fc.oneof(
  value,
  fc.record({ id: fc.constantFrom('x', 'y'), is: value, more: fc.array(value, { maxLength: 2 }) }),
)
// In one list of a file an id comes once.
const list = fc.uniqueArray(element, {
  maxLength: 4,
  comparator: (a, b) => [a, b].every((one) => idIn(one) !== null) && idIn(a) === idIn(b),
})
const idIn = (one: unknown) =>
  typeof one === 'object' && one !== null && 'id' in one ? one.id : null
const member = fc.oneof(
  value,
  list,
  fc.dictionary(fc.constantFrom('m1', 'm2', '__proto__'), fc.oneof(value, list)),
)
const extra = fc.dictionary(fc.constantFrom('reasoning', 'messages', 'fields', 'a/b~'), member)

test('whatever the order, what any file brought is there, and again adds nothing', () => {
  fc.assert(
    fc.property(fc.array(extra, { minLength: 1, maxLength: 4 }), (files) => {
      const brought = files.map((file) => JSON.stringify(file))
      let merged: string | null = null
      for (const file of brought) merged = mergedExtra(merged, file)
      const whole = JSON.parse(merged ?? '') as Record<string, unknown>
      const texts = JSON.stringify(Object.values(whole['other_values'] ?? {}))
      const found = new Set(leaves(whole))
      for (const file of files) {
        for (const leaf of leaves(JSON.parse(JSON.stringify(file)))) {
          // Of a value that differs, the other one is kept beside.
          const isThere = found.has(leaf) || texts.includes(leaf.replace(/^.*=/, ''))
          expect(isThere || /[\]}]$/.test(leaf), `${leaf} in ${merged}`).toBe(true)
        }
      }
      for (const file of brought) expect(mergedExtra(merged, file)).toBe(merged)
    }),
    { numRuns: 500 },
  )
})

test('a list keeps an element as often as the file that has it most often', () => {
  const merged = mergedExtra('{"a":[1,1,2]}', '{"a":[2,2,1,{"id":"x"}]}')
  expect(JSON.parse(merged)).toEqual({ a: [1, 1, 2, 2, { id: 'x' }] })
})

test('one element by its id is brought together, and other values are kept beside', () => {
  const merged = mergedExtra(
    '{"branches":[{"id":"x","children":["a"],"at":1}],"is":"old"}',
    '{"branches":[{"id":"x","children":["a","b"],"at":2}],"is":"new"}',
  )
  expect(JSON.parse(merged)).toEqual({
    branches: [{ id: 'x', children: ['a', 'b'], at: 1 }],
    is: 'old',
    other_values: { '/branches/x/at': [2], '/is': ['new'] },
  })
})

test('what was no object is kept beside what is', () => {
  expect(JSON.parse(mergedExtra('"mine"', '{"a":1}'))).toEqual({ extra: 'mine', a: 1 })
  expect(JSON.parse(mergedExtra('{"a":1}', '[2]'))).toEqual({ a: 1, extra: [2] })
})

type Permutation = [number, number, number]
const orders: Permutation[] = [
  [0, 1, 2],
  [0, 2, 1],
  [1, 0, 2],
  [1, 2, 0],
  [2, 0, 1],
  [2, 1, 0],
]

test.each(orders)('files of one conversation in the order %i, %i, %i', async (...order) => {
  const { client, theirs, id } = await elsewhere({ messages: [{}, {}, {}, {}, {}, {}] })
  const upTo = (count: number, day: string, more: Partial<Exported>): Exported => ({
    ...theirs,
    messages: theirs.messages.slice(0, count),
    message_count: count,
    updated_at: `2024-03-${day}T10:00:00.000Z`,
    ...more,
  })
  const files = [
    upTo(2, '02', { title: null, topic: null, extra: { reasoning: { m2: ['a'] } } }),
    upTo(4, '03', { extra: { reasoning: { m4: ['b'] }, branches: [{ id: 'x' }] } }),
    upTo(6, '04', {
      extra: { reasoning: { m4: ['b', 'c'] }, branches: [{ id: 'y' }] },
      is_active: false,
      archived_at: '2024-03-04T10:00:00.000Z',
    }),
  ]
  for (const file of order.map((place) => files[place]!)) {
    expect(await importing(client, await asLines([file]))).toMatchObject({ failed: 0 })
  }
  const { conversation, messages, extra: beside } = await importedAs(client, id)
  expect(messages).toHaveLength(6)
  expect(conversation).toMatchObject({ title: 'A trip', is_active: false, language: 'en' })
  expect(beside).toEqual({
    reasoning: { m2: ['a'], m4: ['b', 'c'] },
    branches: expect.arrayContaining([{ id: 'x' }, { id: 'y' }]) as unknown[],
  })
  await eventually(async () => (await rowOf(id))?.['last_seq'] === 6)
  for (const file of files) {
    expect(await importing(client, await asLines([file]))).toMatchObject({ unchanged: 1 })
  }
})

test('a file takes nothing away that somebody set here since it was made', async () => {
  const { client, theirs, id, file } = await elsewhere({ messages: [{}, {}] })
  await importing(client, file)
  const set = { title: null, topic: 'mine', language: 'fr', is_active: false }
  expect((await client.patch(at(id), set)).status).toBe(200)
  expect(await importing(client, file)).toMatchObject({ unchanged: 1 })
  const third = { ...theirs.messages[0]!, id: 'm3', seq: 3 }
  const grown = { ...theirs, messages: [...theirs.messages, third], message_count: 3 }
  expect(await importing(client, await asLines([grown]))).toMatchObject({ imported: 1 })
  const { conversation } = await importedAs(client, id)
  expect(conversation).toMatchObject({ ...set, message_count: 3 })
})

test('what would grow past all bounds is refused, and stays as it is', async () => {
  const { client, theirs, id, file } = await elsewhere({ extra: { a: 'x'.repeat(8_000_000) } })
  await importing(client, file)
  const more = { ...theirs, extra: { b: 'y'.repeat(8_000_000) } }
  const { errors } = await importing(client, await asLines([more]))
  expect(errors).toMatchObject([{ detail: expect.stringMatching(/beside its messages/) as string }])
  expect(Object.keys((await extraOf(id)) ?? {})).toEqual(['a'])
})
