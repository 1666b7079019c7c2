import { env } from 'cloudflare:workers'
import * as fc from 'fast-check'
import { beforeAll, expect, test, vi } from 'vitest'

import { Message } from '../../src/contract/message.ts'
import { type Listed, as, at, bodyOf, sendWith } from '../support/api.ts'
import { hostileText } from './hostile.ts'

/** A tenth of what the other one sends. */
const total = Math.ceil(Number(env.FUZZ_REQUESTS) / 10)

beforeAll(() => {
  vi.spyOn(console, 'log').mockImplementation(() => {})
  vi.spyOn(console, 'error').mockImplementation(() => {})
})

const anything = fc.oneof(hostileText, fc.jsonValue({ maxDepth: 2 }))
const text = fc.oneof({ weight: 3, arbitrary: fc.lorem({ maxCount: 40 }) }, hostileText)
const types = [
  'text',
  'reasoning',
  'image',
  'file',
  'source',
  'source-url',
  'source-document',
  'tool-call',
  'tool-weather',
  'dynamic-tool',
  'data',
  'data-chart',
  'step-start',
  'audio',
  'generative-ui',
  '',
]

const fields =
  'text image url data mimeType mediaType filename sourceType id title name toolCallId toolName args argsText input result output errorText state parentId $hilo __proto__'.split(
    ' ',
  )

/** A part of either format, right or wrong. */
const part = fc
  .tuple(
    fc.constantFrom(...types),
    fc.dictionary(fc.constantFrom(...fields), fc.oneof(text, anything)),
  )
  .map(([type, more]) => ({ ...more, type }))

const parts = fc.oneof(
  {
    weight: 5,
    arbitrary: fc.array(fc.oneof({ weight: 9, arbitrary: part }, anything), { maxLength: 6 }),
  },
  anything,
)

const sent = fc.record({
  format: fc.constantFrom('aui/v0', 'ai-sdk/v6', 'my-own/v1'),
  open_run: fc.boolean(),
  external_id: fc.option(text, { nil: undefined }),
  content: fc.record(
    {
      role: fc.oneof({ weight: 9, arbitrary: fc.constantFrom('user', 'assistant') }, anything),
      content: parts,
      parts,
      attachments: fc.oneof(fc.array(fc.record({ content: parts }), { maxLength: 2 }), anything),
      status: fc.oneof(fc.constantFrom({ type: 'complete' }, { type: 'running' }), anything),
      metadata: anything,
    },
    { requiredKeys: [] },
  ),
})

test('whatever a message holds, it is refused in words, or comes back as it came and is whole for everybody else', async () => {
  const ann = await as.user()
  const settings = { ALLOW_CLIENT_ASSISTANT: 'on', RATE_LIMITS: 'off' }
  const call = (method: string, path: string, body?: unknown) =>
    sendWith(settings, `/assistant-ui/v1${path}`, {
      method,
      headers: { ...ann.headers, 'content-type': 'application/json' },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    })
  let kept = 0
  const property = fc.asyncProperty(sent, async (drawn) => {
    const created = await call('POST', '/threads', {})
    const { thread_id: id } = await bodyOf<{ thread_id: string }>(created)
    // As the wire has it: without what JSON has not.
    const body = JSON.parse(JSON.stringify({ ...drawn, parent_id: null })) as typeof drawn
    const answer = await call('POST', `/threads/${id}/messages`, body)
    expect([200, 403, 413, 422]).toContain(answer.status)
    const isKept = answer.status === 200
    if (isKept) kept += 1
    const { message_id: messageId } = await bodyOf<{ message_id?: string }>(answer)
    if (isKept && drawn.open_run) await call('POST', `/threads/${id}/runs/${messageId}/end`, {})
    for (const format of [body.format, 'aui/v0', 'ai-sdk/v6']) {
      const { messages } = await bodyOf<{ messages: { content: unknown; format: string }[] }>(
        call('GET', `/threads/${id}/messages?format=${format}`),
      )
      expect(messages).toHaveLength(isKept ? 1 : 0)
      const own = messages.filter(() => format === body.format)
      expect(own.map((one) => one.content)).toEqual(own.map(() => body.content))
    }
    const { data } = await bodyOf<Listed<unknown>>(ann.get(`${at(id)}/messages`))
    expect(data.length > 0).toBe(isKept)
    for (const message of data) expect(Message.safeParse(message).error).toBeUndefined()
  })
  await fc.assert(property, { numRuns: total, endOnFailure: true })
  expect(kept).toBeGreaterThan(total / 4)
}, 3_600_000)
