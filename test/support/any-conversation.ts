import fc from 'fast-check'

import type { Message } from './api.ts'
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

const call = fc.record({
  id: fc.uuid(),
  type: fc.constant('function' as const),
  function: fc.record({
    name: fc.stringMatching(/^[a-z_]{1,12}$/),
    arguments: json(2).map((value) => JSON.stringify(value)),
  }),
})

const shared = { created_at: time, model: maybe(words), tokens_used: maybe(fc.nat(9_999)) }
const person = fc.record({
  ...shared,
  role: fc.constant('user' as const),
  content: words,
  parts: maybe(
    fc.array(
      fc.oneof(
        words.map((said) => ({ type: 'text' as const, text: said })),
        fc.webUrl().map((url) => ({ type: 'image_url' as const, image_url: { url } })),
        words.map((name) => ({ type: 'file' as const, file: { filename: name } })),
      ),
      { minLength: 1, maxLength: 3 },
    ),
  ),
})
const assistant = fc.record({
  ...shared,
  role: fc.constant('assistant' as const),
  content: text,
  tool_calls: maybe(fc.uniqueArray(call, { minLength: 1, maxLength: 3, selector: ({ id }) => id })),
  status: fc.constantFrom('complete' as const, 'interrupted' as const),
  finish_reason: maybe(fc.constantFrom('stop', 'length', 'tool_calls')),
})
const result = fc.record({
  ...shared,
  role: fc.constant('tool' as const),
  content: text,
  tool_call_id: fc.uuid(),
})
const system = fc.record({ ...shared, role: fc.constant('system' as const), content: words })

const messages: fc.Arbitrary<Partial<Message>[]> = fc.array(
  fc.oneof(person, assistant, result, system),
  { maxLength: 8 },
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
    messages,
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
