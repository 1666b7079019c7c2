import fc from 'fast-check'

import type { Part } from '../../src/contract/part.ts'
import type { PortableMessage } from '../../src/contract/portable.ts'
import { type Exported, exported } from './given-exports.ts'

/** Text that can be kept: of any script, with line ends, quotes and signs that some format gives a meaning. */
const text = fc
  .oneof(
    fc.string({ unit: 'grapheme', maxLength: 40 }),
    fc.string({ unit: 'binary', maxLength: 20 }),
    fc.constantFrom(
      '```js\nlet a\n```',
      '=1+1',
      '"a,b"\r\n',
      '<script>',
      'مرحبا\u202Eabc',
      '👩‍👩‍👧 é',
      '__proto__',
    ),
  )
  .map((one) => one.replaceAll('\0', '').toWellFormed())
const words = text.map((one) => one || '-')
const time = fc.integer({ min: 1, max: 1_760_000_000_000 }).map((at) => new Date(at).toISOString())
/** As JSON keeps it: of −0, it keeps 0. */
const json = (maxDepth: number) =>
  fc.jsonValue({ maxDepth }).map((value): unknown => JSON.parse(JSON.stringify(value)))
const maybe = <T>(one: fc.Arbitrary<T>) => fc.option(one, { nil: null })

/** What a message's own JSON may hold: texts that can be kept, and no key that parsers take for something else. */
const kept = (value: unknown): unknown => {
  if (typeof value === 'string') return value.replaceAll('\0', '').toWellFormed()
  if (Array.isArray(value)) return value.map(kept)
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(
    Object.entries(value).flatMap(([key, one]) => {
      const name = kept(key) as string
      return name === '__proto__' ? [] : [[name, kept(one)]]
    }),
  )
}
const fieldsOf = (maxDepth: number) =>
  fc
    .dictionary(text, json(maxDepth), { maxKeys: 3 })
    .map((value) => kept(value) as Record<string, NonNullable<unknown> | null>)

const call = fc
  .record({
    id: fc.uuid(),
    type: fc.constant('function' as const),
    function: fc.record({
      name: fc.stringMatching(/^[a-z_]{1,12}$/),
      arguments: json(2).map((value) => JSON.stringify(value)),
    }),
    extra: maybe(fieldsOf(2)),
  })
  .map(({ extra, ...one }) => (extra ? { ...one, extra } : one))

const shared = {
  created_at: time,
  model: maybe(words),
  tokens_used: maybe(fc.nat(9_999)),
  extra: maybe(fieldsOf(2)),
}

/** Parts that every message may have, of kinds that are known and that are not. */
const anyPart: fc.Arbitrary<Part> = fc.oneof(
  words.map((said) => ({ type: 'text' as const, text: said })),
  fc
    .tuple(fc.webUrl(), words, fieldsOf(1))
    .map(([url, title, more]) => ({ ...more, type: 'source' as const, url, title })),
  fc
    .tuple(words, json(2))
    .map(([name, data]) => ({ type: 'data' as const, name, data: kept(data) as never })),
  fieldsOf(2).map((more) => ({ ...more, type: 'x-unknown' }) as Part),
)
const thought: fc.Arbitrary<Part> = fc.oneof(
  fc.record({ type: fc.constant('reasoning' as const), text, signature: words }),
  fc.record({ type: fc.constant('refusal' as const), text: words }),
)
const partsOf = (...more: fc.Arbitrary<Part>[]) =>
  maybe(fc.array(fc.oneof(anyPart, ...more), { minLength: 1, maxLength: 4 }))
const picture: fc.Arbitrary<Part> = fc
  .webUrl()
  .map((url) => ({ type: 'image_url' as const, image_url: { url } }))
const document: fc.Arbitrary<Part> = words.map((name) => ({
  type: 'file' as const,
  file: { filename: name },
}))
const person = fc.record({
  ...shared,
  role: fc.constant('user' as const),
  content: words,
  parts: partsOf(picture, document),
})
const assistant = fc.record({
  ...shared,
  role: fc.constant('assistant' as const),
  content: text,
  parts: partsOf(thought, picture),
  tool_calls: maybe(fc.uniqueArray(call, { minLength: 1, maxLength: 3, selector: ({ id }) => id })),
  status: fc.constantFrom('complete' as const, 'interrupted' as const),
  finish_reason: maybe(fc.constantFrom('stop', 'length', 'tool_calls')),
})
const result = fc.record({
  ...shared,
  role: fc.constant('tool' as const),
  content: text,
  parts: partsOf(picture, document),
  tool_call_id: fc.uuid(),
})
const system = fc.record({
  ...shared,
  role: fc.constant('system' as const),
  content: words,
  parts: partsOf(),
})

/** Messages that follow one another, but for some that follow any before them, or none. */
export const anyMessages: fc.Arbitrary<Partial<PortableMessage>[]> = fc
  .array(fc.tuple(fc.oneof(person, assistant, result, system), maybe(fc.nat())), { maxLength: 8 })
  .map((all) =>
    all.map(([message, place], index) => {
      if (place === null) return message
      const parent = place % (index + 1)
      return { ...message, parent_id: parent === 0 ? null : `m${parent}` }
    }),
  )

const fields = fc.record({
  title: maybe(words),
  topic: maybe(words),
  language: fc.constantFrom('es', 'en', 'pt-BR', 'zh-Hant'),
  is_resolved: fc.boolean(),
  created_at: time,
  metadata: fc.dictionary(fc.stringMatching(/^[a-z0-9]{1,8}$/), text, { maxKeys: 3 }),
})

/** Any conversation that Hilo may give out, with what an import brought it in `extra`. */
export const anyConversation: fc.Arbitrary<Exported> = fc
  .record({
    id: fc.uuid(),
    messages: anyMessages,
    fields,
    later: fc.nat(1_000_000),
    archivedAt: maybe(time),
    extra: maybe(json(3)),
  })
  .map(({ id, messages: said, fields: set, later, archivedAt, extra }) =>
    exported({
      messages: said,
      extra,
      fields: {
        ...set,
        id,
        updated_at: new Date(Date.parse(set.created_at) + later).toISOString(),
        is_active: archivedAt === null,
        archived_at: archivedAt,
        tokens_used: said.reduce((sum, one) => sum + (one.tokens_used ?? 0), 0),
      },
    }),
  )
