import { expect, test } from 'vitest'

import { CALL_ID_LENGTH } from '../../../src/contract/limits.ts'
import { readParts } from '../../../src/http/assistant-ui/parts-in.ts'

/** Hilo's own files are at one address here. */
const isOurs = (url: string): boolean => url.startsWith('https://hilo.test/')

const page = { type: 'source', title: 'Without an address' }
const document = { type: 'source-document', title: 'A' }

test.each([
  [{ type: 'image' }, { type: 'image_url', image_url: { url: '' } }],
  [page, { type: 'data', name: 'source', data: page }],
  [document, { type: 'data', name: 'source', data: document }],
  [{ type: 'data' }, { type: 'data', name: '', data: null }],
  [{ type: 'data-chart' }, { type: 'data', name: 'chart', data: null }],
  [{ type: 'dream' }, { type: 'dream' }],
  [
    { type: 'file', mimeType: 'text/plain', data: 'https://hilo.test/a' },
    { type: 'file', file: { url: 'https://hilo.test/a' } },
  ],
  [
    { type: 'file', mimeType: 'text/plain', data: 'https://a.test/a.txt', filename: 'a.txt' },
    {
      type: 'data',
      name: 'file',
      data: { type: 'text/plain', url: 'https://a.test/a.txt', filename: 'a.txt' },
    },
  ],
])('the part %j is %j', (part, expected) => {
  expect(readParts([part as never], isOurs).parts).toEqual([expected])
})

test('what is no call is passed over, and of two with one id the first counts', () => {
  const call = (toolCallId: string, toolName: string, more: object = {}) =>
    ({ type: 'tool-call', toolCallId, toolName, ...more }) as never
  const told = readParts(
    [
      'no part',
      { type: 'step-start' },
      call('', 'f'),
      call('a', ''),
      call('x'.repeat(CALL_ID_LENGTH + 1), 'f'),
      call('b', 'f', { errorText: 'broken' }),
      call('b', 'g'),
    ],
    isOurs,
  )
  expect(told).toEqual({
    parts: [],
    calls: [{ id: 'b', type: 'function', function: { name: 'f', arguments: '{}' } }],
    results: [{ callId: 'b', content: 'broken' }],
  })
})
