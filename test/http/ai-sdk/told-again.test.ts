import { expect, test } from 'vitest'

import { toParts, toUIParts, uiPartOf } from '../../../src/http/ai-sdk/parts.ts'
import { replayed } from '../../../src/http/ai-sdk/replayed.ts'

const message = (more: object) =>
  ({
    id: 'm',
    role: 'assistant',
    content: '',
    parts: null,
    tool_calls: null,
    tool_call_id: null,
    extra: null,
    model: null,
    tokens_used: null,
    status: 'complete',
    origin: 'client',
    created_at: '2026-01-01T00:00:00.000Z',
    ...more,
  }) as never

const call = (id: string) => ({ id, type: 'function', function: { name: 'look', arguments: '{}' } })
const result = (id: string, more: object = {}) =>
  message({ role: 'tool', tool_call_id: id, content: 'seen', ...more })

test('a turn is told again as chunks, with what each call came to', () => {
  const chunks = replayed([
    message({ content: 'Let me see', tool_calls: [call('c1'), call('c2'), call('c3')] }),
    result('c1'),
    result('c2', { content: 'broken', extra: { 'ai-sdk': { state: 'output-error' } } }),
    result('other'),
    message({
      content: 'So',
      parts: [
        { type: 'reasoning', text: 'Hm' },
        { type: 'text', text: 'So' },
      ],
    }),
  ])
  const told = (id: string) => chunks.filter((chunk) => chunk['toolCallId'] === id)
  expect(told('c1')).toMatchObject([
    { type: 'tool-input-available', toolName: 'look', input: {} },
    { type: 'tool-output-available', output: 'seen' },
  ])
  expect(told('c2')).toMatchObject([{}, { type: 'tool-output-error', errorText: 'broken' }])
  expect(told('c3')).toMatchObject([{ type: 'tool-input-available' }])
  expect(told('other')).toMatchObject([
    { toolName: 'unknown', dynamic: true },
    { type: 'tool-output-available', dynamic: true },
  ])
  const steps = chunks.map(({ type }) => type).filter((type) => type.endsWith('-step'))
  expect(steps).toEqual(['start-step', 'finish-step', 'start-step', 'finish-step'])
  const deltas = chunks.flatMap((chunk) => ('delta' in chunk ? [chunk['delta']] : []))
  expect(deltas).toEqual(['Let me see', 'Hm', 'So'])
})

test('a call that waits for a person is told with its question, and what nobody knows as it is', () => {
  const asks = { 'ai-sdk': { askFirst: ['look'] } }
  const parts = [{ type: 'data', name: 'chart', data: 1 }]
  const chunks = replayed([
    message({ parts, tool_calls: [call('c1')], extra: asks, origin: 'model' }),
  ])
  expect(chunks.map(({ type }) => type)).toEqual([
    'message-metadata',
    'start-step',
    'data-chart',
    'tool-input-available',
    'tool-approval-request',
    'finish-step',
  ])
})

test.each([
  [
    { type: 'file', file: {} },
    { type: 'data-file', data: {} },
  ],
  [
    { type: 'file', file: { file_data: 'AAAA', filename: 'a.bin' } },
    {
      mediaType: 'application/octet-stream',
      url: 'data:application/octet-stream;base64,AAAA',
      filename: 'a.bin',
    },
  ],
  [
    { type: 'file', file: { url: 'https://a.test/b.PNG?c' } },
    { mediaType: 'image/png', url: 'https://a.test/b.PNG?c' },
  ],
  [
    { type: 'image_url', image_url: { url: 'https://a.test/b.svg' } },
    { mediaType: 'image/svg+xml' },
  ],
  [{ type: 'image_url', image_url: { url: 'https://a.test/b.jpg' } }, { mediaType: 'image/jpeg' }],
  [{ type: 'image_url', image_url: { url: 'https://a.test/b' } }, { mediaType: 'image/png' }],
  [{ type: 'dream' }, { type: 'data-dream', data: { type: 'dream' } }],
])('the part %j is one that the AI SDK reads', (part, expected) => {
  expect(uiPartOf(part as never, 0)).toMatchObject(expected)
})

test('parts come back as they came, whether or not Hilo has one that says the same', () => {
  const parts = [
    { type: 'text', text: '' },
    { type: 'file', url: '', mediaType: 'image/png' },
    { type: 'file', url: 'https://a.test/a.pdf', mediaType: 'application/pdf', filename: '' },
    { type: 'source-url', sourceId: 's', url: 'https://a.test', title: '' },
    { type: 'refusal', text: 'Not of this protocol' },
    { type: 'dream', of: 'sheep' },
    { type: 'text', text: 'Hi', state: 'done' },
  ]
  const { parts: mapped, kept } = toParts(parts as never)
  expect(toUIParts(mapped, kept ?? undefined)).toEqual(parts)
  expect(mapped.map(({ type }) => type)).toEqual(['source', 'source', 'dream', 'text'])
  // A part that was deleted meanwhile leaves no hole.
  expect(toUIParts(mapped.slice(0, -1), kept ?? undefined)).toEqual(parts.slice(0, -1))
})
