import { env } from 'cloudflare:workers'
import * as fc from 'fast-check'
import { beforeAll, expect, test, vi } from 'vitest'

import { Message } from '../../src/contract/message.ts'
import { type Listed, as, at, bodyOf, sendWith } from '../support/api.ts'
import { givenFile, picture } from '../support/files.ts'
import { hostileText } from './hostile.ts'

/** A tenth of what the other one sends. */
const total = Math.ceil(Number(env.FUZZ_REQUESTS) / 10)

beforeAll(() => {
  vi.spyOn(console, 'log').mockImplementation(() => {})
  vi.spyOn(console, 'error').mockImplementation(() => {})
})

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
  'text image url data mimeType mediaType filename sourceType id title name toolCallId toolName args argsText input result output errorText state parentId $hilo'.split(
    ' ',
  )

/** Bytes of more than 16 KiB, which become a file, and bytes that the caller has put already. */
const [large, put] = [picture('x'.repeat(20_000)), picture('y')]
const largeHash = new Uint8Array(await crypto.subtle.digest('SHA-256', large)).toHex()
const inside = [`data:image/png;base64,${large.toBase64()}`, large.toBase64()]

/** A message of either format, of such texts, keys and addresses as are drawn. */
function messageOf(hostile: fc.Arbitrary<string>, keys: string[], addresses: string[]) {
  const bytes = fc.constantFrom(...inside, ...addresses)
  const anything = fc.oneof(hostile, fc.jsonValue({ maxDepth: 2 }))
  const text = fc.oneof({ weight: 3, arbitrary: fc.lorem({ maxCount: 40 }) }, hostile)
  /** A part of either format, right or wrong. */
  const part = fc
    .tuple(
      fc.constantFrom(...types),
      fc.dictionary(
        fc.constantFrom(...keys),
        fc.oneof({ weight: 9, arbitrary: fc.oneof(text, anything) }, bytes),
      ),
    )
    .map(([type, more]) => ({ ...more, type }))
  const attached = fc.record(
    {
      type: fc.constantFrom('image', 'file'),
      image: bytes,
      data: bytes,
      url: bytes,
      mimeType: fc.constantFrom('image/png', 'application/pdf'),
      mediaType: fc.constantFrom('image/png', 'application/pdf'),
      filename: text,
    },
    { requiredKeys: ['type'] },
  )
  const parts = fc.oneof(
    {
      weight: 5,
      arbitrary: fc.array(
        fc.oneof(
          { weight: 6, arbitrary: part },
          { weight: 3, arbitrary: attached },
          { weight: 1, arbitrary: anything },
        ),
        { maxLength: 6 },
      ),
    },
    anything,
  )
  return fc.record({
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
}

/** Texts that can be kept: what can't be is refused whatever stands beside it, and would be nearly all that is drawn. */
const keepable = hostileText.map((text) => text.toWellFormed().replaceAll('\0', ''))

const ADDRESS = /^https:.*\/api\/files\/(file_[0-9a-f]{32})\/content\?/

test('whatever a message holds, it is refused in words, or comes back as it came and is whole for everybody else', async () => {
  const ann = await as.user()
  const settings = { ALLOW_CLIENT_ASSISTANT: 'on', RATE_LIMITS: 'off' }
  const call = (method: string, path: string, body?: unknown) =>
    sendWith(settings, `/assistant-ui/v1${path}`, {
      method,
      headers: { ...ann.headers, 'content-type': 'application/json' },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    })
  const own = await givenFile(ann, put)
  const late = own.url.replace(/expires=\d+/, 'expires=1700000000')
  const drawing = (texts: typeof hostileText, keys: string[]) =>
    messageOf(texts, keys, [own.url, late])
  const sent = fc.oneof(
    { weight: 4, arbitrary: drawing(keepable, fields) },
    drawing(hostileText, [...fields, '__proto__']),
  )
  /** Of each file that was seen, its SHA-256, by its id. */
  const seen = new Map<string, string>()
  /** A content in which bytes that are or could be files, and their addresses, are what they are of. */
  const told = async (content: unknown): Promise<unknown> => {
    for (const [, id] of JSON.stringify(content ?? null).matchAll(
      /\/api\/files\/(file_\w{32})\//g,
    )) {
      if (seen.has(id!)) continue
      seen.set(id!, (await bodyOf<{ sha256: string }>(ann.get(`/api/files/${id}`))).sha256)
    }
    return JSON.parse(JSON.stringify(content ?? null), (_, value: unknown) => {
      if (inside.includes(value as string)) return `bytes of ${largeHash}`
      const [, id = ''] = typeof value === 'string' ? (ADDRESS.exec(value) ?? []) : []
      return id === '' ? value : `bytes of ${seen.get(id)}`
    })
  }
  let kept = 0
  let moved = 0
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
      if (format !== body.format) continue
      for (const { content } of messages) {
        expect(await told(content)).toEqual(await told(body.content))
        if (JSON.stringify(content) !== JSON.stringify(body.content)) moved += 1
      }
    }
    const { data } = await bodyOf<Listed<unknown>>(ann.get(`${at(id)}/messages`))
    expect(data.length > 0).toBe(isKept)
    for (const message of data) expect(Message.safeParse(message).error).toBeUndefined()
  })
  await fc.assert(property, { numRuns: total, endOnFailure: true })
  expect(kept).toBeGreaterThan(total / 2)
  expect(moved).toBeGreaterThan(total / 5)
}, 3_600_000)
