import { expect, test } from 'vitest'

import { outcomeOf, responseOf } from '../../../src/http/openai/response.ts'
import { as, bodyOf } from '../../support/api.ts'
import { says, scripted } from '../../support/questions.ts'

const ann = await as.user()
const place = { conversation: crypto.randomUUID(), reply: 'r' }
const message = (more: object) =>
  ({
    id: 'r',
    role: 'assistant',
    content: 'Hi',
    parts: null,
    tool_calls: null,
    extra: null,
    model: null,
    status: 'complete',
    origin: 'model',
    finish_reason: 'stop',
    created_at: '2026-01-01T00:00:00.000Z',
    ...more,
  }) as never

test.each([
  ['stop', { status: 'completed' }],
  [null, { status: 'completed' }],
  ['content_filter', { status: 'incomplete', incomplete_details: { reason: 'content_filter' } }],
  ['ContentFilter', { status: 'incomplete', incomplete_details: { reason: 'content_filter' } }],
  ['length', { status: 'incomplete', incomplete_details: { reason: 'max_output_tokens' } }],
  ['MAX_TOKENS', { status: 'incomplete', incomplete_details: { reason: 'max_output_tokens' } }],
])('a reply that finished by %s', (reason, expected) => {
  const end = { kind: 'completed', message: message({ finish_reason: reason }) } as const
  expect(outcomeOf(end)).toEqual(expected)
})

test('a reply that ended too soon says whether somebody stopped it', () => {
  const ended = (reason: 'stopped' | 'ended-before', own: object | null) =>
    outcomeOf({ kind: 'interrupted', reason, message: own && message({ extra: own }) }).status
  expect(ended('stopped', null)).toBe('cancelled')
  expect(ended('ended-before', {})).toBe('failed')
  expect(ended('ended-before', { openai: { ended: 'stopped' } })).toBe('cancelled')
  expect(ended('ended-before', { openai: 'odd' })).toBe('failed')
})

test('what was not kept with a reply is said as OpenAI does', () => {
  const failed = { kind: 'failed', why: 'model-failed', extra: {} } as never
  expect(responseOf({ place, extra: null, end: failed })).toMatchObject({
    status: 'failed',
    error: { code: 'server_error', message: expect.any(String) as string },
    created_at: expect.any(Number) as number,
    output: [],
    usage: null,
  })
  const busy = { kind: 'failed', why: 'model-overloaded', extra: {} } as never
  expect(outcomeOf(busy)).toMatchObject({ error: { code: 'rate_limit_exceeded' } })
  const usage = { openai: { usage: { sent: 3 }, response: 'odd' } }
  const end = { kind: 'completed', message: message({ extra: usage }) } as const
  expect(responseOf({ place, extra: null, end })).toMatchObject({
    created_at: 1767225600,
    completed_at: 1767225600,
    model: '',
    usage: { input_tokens: 3, output_tokens: 0, total_tokens: 3 },
  })
})

interface Listed {
  data: { id: string; content: { text: string }[] }[]
  has_more: boolean
}

test('the items of a request are paged in both directions, and a response that has ended stays so', async () => {
  const key = await scripted(says('Yes'))
  const input = ['One', 'Two', `Three #${key}`].map((content) => ({ role: 'user', content }))
  const response = await bodyOf<{ id: string }>(ann.post('/v1/responses', { input }))
  const path = `/v1/responses/${response.id}`
  const page = (query: string) => bodyOf<Listed>(ann.get(`${path}/input_items?${query}`))
  const textsOf = ({ data }: Listed) => data.map(({ content }) => content[0]!.text.split(' ')[0])
  expect(textsOf(await page('order=desc'))).toEqual(['Three', 'Two', 'One'])
  const first = await page('order=asc&limit=2')
  expect([textsOf(first), first.has_more]).toEqual([['One', 'Two'], true])
  const rest = await page(`order=asc&limit=2&after=${first.data[1]!.id}`)
  expect([textsOf(rest), rest.has_more]).toEqual([['Three'], false])
  expect((await ann.get(`${path}/input_items?after=nothing`)).status).toBe(404)
  expect(await bodyOf(ann.post(`${path}/cancel`))).toEqual(await bodyOf(ann.get(path)))
  expect((await ann.post(`/v1/responses/resp_${'0'.repeat(32)}_r/cancel`)).status).toBe(404)
  expect((await ann.get(`/v1/responses/resp_${'0'.repeat(32)}_r/input_items`)).status).toBe(404)
})
