import fc from 'fast-check'
import { expect, test } from 'vitest'

import { ModelError } from '../../src/model/model.ts'
import { namesIn } from '../../src/model/names.ts'
import { read } from '../../src/model/openai-answer.ts'
import { chunksOf } from '../../src/model/openai-stream.ts'
import { summaryIn } from '../../src/model/summaries.ts'
import { waitIn } from '../../src/model/waits.ts'

const odd = fc.oneof(
  { weight: 2, arbitrary: fc.jsonValue({ maxDepth: 3 }) },
  fc.constantFrom('', ' ', 'stop', 'error', 'null', '{}', '{"a":', '<think>', '</think>', 'x'),
  fc.constantFrom(0, 1, -1, 1.5, 429, 400),
)

/** An object that has some of these fields, or none. */
const having = (fields: Record<string, fc.Arbitrary<unknown>>) =>
  fc.oneof({ weight: 6, arbitrary: fc.record(fields, { requiredKeys: [] }) }, odd)
const listOf = (one: fc.Arbitrary<unknown>) =>
  fc.oneof({ weight: 6, arbitrary: fc.array(one, { maxLength: 3 }) }, odd)

const part = having({
  type: fc.oneof(fc.constantFrom('text', 'thinking', 'reasoning'), odd),
  text: odd,
  thinking: listOf(having({ type: fc.constant('text'), text: odd })),
  summary: listOf(having({ text: odd })),
  signature: odd,
  index: odd,
})
const call = having({
  index: odd,
  id: odd,
  function: having({ name: odd, arguments: odd, more: odd }),
  extra_content: odd,
})
const delta = having({
  role: odd,
  content: fc.oneof(odd, listOf(part)),
  refusal: odd,
  reasoning: odd,
  reasoning_content: odd,
  reasoning_details: listOf(part),
  thinking_blocks: listOf(part),
  tool_calls: listOf(call),
  function_call: call,
})
const chunk = having({
  choices: listOf(having({ delta, message: delta, finish_reason: odd, error: odd, usage: odd })),
  usage: having({ total_tokens: odd, prompt_tokens: odd, completion_tokens_details: odd }),
  model: odd,
  error: odd,
  code: odd,
  message: odd,
  base_resp: odd,
})

/** What comes of a body: an ending, or a failure. */
async function outcomeOf(body: string) {
  const { chunks, hangUp } = chunksOf(new Response(body))
  const reading = read(chunks, 'sender', hangUp)
  try {
    for (;;) {
      const { done, value } = await reading.next()
      if (done) return value
    }
  } catch (error) {
    return error
  }
}

test('whatever an endpoint sends, an answer or a failure comes of it', async () => {
  const bodies = fc.tuple(fc.array(chunk, { maxLength: 5 }), fc.boolean())
  await fc.assert(
    fc.asyncProperty(bodies, async ([chunks, isStream]) => {
      const events = chunks.map((one) => `data: ${JSON.stringify(one)}\n\n`).join('')
      const outcome = await outcomeOf(isStream ? events : JSON.stringify(chunks))
      expect(outcome instanceof Error && !(outcome instanceof ModelError)).toBe(false)
      const { toolCalls = null } = outcome as { toolCalls?: unknown[] | null }
      for (const one of toolCalls ?? []) {
        expect(one).toMatchObject({ id: expect.any(String), type: 'function' })
      }
    }),
    { numRuns: 2_000 },
  )
})

function saysOrFails(read: () => string): boolean {
  try {
    return read().trim() !== ''
  } catch (error) {
    return error instanceof ModelError
  }
}

test('whatever text comes in the background, it is names, a summary or a failure', () => {
  const pieces = [
    'TITLE',
    'topic',
    ':',
    '\n',
    '\n\n',
    '{',
    '}',
    '"',
    "'",
    ',',
    '<title>',
    '```',
    'a ',
  ]
  const text = fc
    .array(fc.oneof(fc.constantFrom(...pieces), fc.string()), { maxLength: 12 })
    .map((all) => all.join(''))
  fc.assert(
    fc.property(text, fc.jsonValue(), (said, json) => {
      expect(saysOrFails(() => summaryIn(said))).toBe(true)
      expect(waitIn([said, json])).not.toBe(0)
      expect(saysOrFails(() => namesIn(said).title)).toBe(true)
    }),
    { numRuns: 2_000 },
  )
})
