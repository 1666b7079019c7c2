import * as fc from 'fast-check'

/** Texts that have broken programs before. */
export const texts: string[] = [
  '',
  ' ',
  '\0',
  'a\0b',
  '\uD800',
  'x\uDFFFy',
  '__proto__',
  'constructor',
  'null',
  '[object Object]',
  '../../etc/passwd',
  '..%2f..%2f',
  '%00',
  '%E0%A4%A',
  `'; DROP TABLE messages; --`,
  '" OR 1=1',
  '\r\nSet-Cookie: a=b',
  '\u2028\u2029',
  '\u202Eright to left',
  'مرحبا بالعالم',
  '👩‍👩‍👧‍👦🏳️‍🌈',
  'e\u0301'.repeat(50),
  '<script>alert(1)</script>',
  '=HYPERLINK("http://x")',
  '{{7*7}}${7*7}',
  '-0',
  '1e999',
  'true',
  '2026-99-99T99:99:99Z',
  '1970-01-01T00:00:00.000Z',
  '00000000-0000-0000-0000-000000000000',
  'z'.repeat(300),
  'long '.repeat(3_000),
  'user:',
  'session:x',
  'es-ES-u-co-trad',
  'WyJtIiwiYXNjIiwyXQ',
]

const numbers = [0, -0, -1, 1.5, 1e308, 2 ** 53, -(2 ** 63), 20, 201, 4_294_967_296]

export const hostileText = fc.oneof(
  { weight: 3, arbitrary: fc.constantFrom(...texts) },
  fc.string({ unit: 'binary', maxLength: 60 }),
)

const { value: hostileValue } = fc.letrec<{ value: unknown }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 4, depthIdentifier: 'value' },
    { weight: 4, arbitrary: hostileText },
    fc.constantFrom<unknown>(null, true, false, [], {}),
    fc.constantFrom(...numbers),
    fc.array(tie('value'), { maxLength: 4, depthIdentifier: 'value' }),
    fc.dictionary(hostileText, tie('value'), { maxKeys: 4, depthIdentifier: 'value' }),
  ),
}))

const { deep, wide } = {
  deep: Array.from({ length: 2_000 }).reduce<unknown>((inner) => [inner], 1),
  wide: Array.from({ length: 2_000 }, () => ({ role: 'user', content: 'x' })),
}

export const hostile = fc.oneof(
  { weight: 20, arbitrary: hostileValue },
  fc.constantFrom(deep, wide),
)

/** Where in a body something is changed, as many keys down as there are, and what takes its place. */
export const mutation = fc.record({
  at: fc.array(fc.nat(30), { maxLength: 4 }),
  how: fc.constantFrom('replace', 'replace', 'replace', 'remove', 'add', 'rename'),
  value: hostile,
  key: hostileText,
})
export type Mutation = typeof mutation extends fc.Arbitrary<infer T> ? T : never

/** A body that is right but for one thing. */
export function mutated(body: unknown, { at, how, value, key }: Mutation): unknown {
  const [step, ...deeper] = at
  if (typeof body !== 'object' || body === null || step === undefined) {
    return how === 'replace' ? value : body
  }
  const entries = Object.entries(body)
  const index = step % Math.max(entries.length, 1)
  const [name, inner] = entries[index] ?? [key, value]
  const rest = entries.filter((_, other) => other !== index)
  const changed = (): [string, unknown][] => {
    if (how === 'add') return [...entries, [key, value]]
    if (deeper.length > 0)
      return entries.with(index, [name, mutated(inner, { at: deeper, how, value, key })])
    if (how === 'remove') return rest
    return [...rest, how === 'rename' ? [key, inner] : [name, value]]
  }
  if (entries.length === 0 && how !== 'add') return body
  if (Array.isArray(body)) return changed().map(([, one]) => one)
  // A key of this name is one to be sent, not the prototype of what sends it.
  return Object.assign(Object.create(null), Object.fromEntries(changed()))
}
