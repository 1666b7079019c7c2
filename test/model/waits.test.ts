import { expect, test } from 'vitest'

import { retryAfterOf, waitIn } from '../../src/model/waits.ts'

const NOW = Date.parse('2026-11-27T12:00:00Z')

test.each<[Record<string, string>, number | null]>([
  [{ 'retry-after': '45' }, 45],
  [{ 'retry-after': '0.2' }, 1],
  [{ 'retry-after': '30s' }, 30],
  [{ 'retry-after': '1m30s' }, 90],
  [{ 'retry-after': '500ms' }, 1],
  [{ 'retry-after': '2 minutes' }, 120],
  [{ 'retry-after': 'Fri, 27 Nov 2026 12:00:20 GMT' }, 20],
  [{ 'retry-after': String(NOW / 1_000 + 20) }, 20],
  [{ 'retry-after-ms': '44100', 'retry-after': '7' }, 45],
  [{ 'retry-after': '0', 'x-ratelimit-reset': String(NOW + 9_000) }, 9],
  [{ 'x-ratelimit-reset-requests': '6m0s', 'x-ratelimit-remaining-requests': '0' }, 360],
  [{ 'x-ratelimit-reset-tokens': '6m0s', 'x-ratelimit-remaining-tokens': '17' }, null],
  [{ 'retry-after': '20, 30' }, 20],
  [{ 'x-ms-retry-after-ms': '2500' }, 3],
  [{ 'ratelimit-reset': '12' }, 12],
  [{ 'x-rate-limit-reset': '12' }, 12],
  [{ 'x-ratelimit-reset-after': '12.5' }, 13],
  [
    {
      'x-ratelimit-reset-requests': '1s',
      'x-ratelimit-remaining-requests': '0',
      'x-ratelimit-reset-tokens': '12s',
      'x-ratelimit-remaining-tokens': '0',
    },
    12,
  ],
  [{ 'x-ratelimit-reset-tokens-minute': '11.4', 'x-ratelimit-remaining-tokens-minute': '0' }, 12],
  [
    {
      'anthropic-ratelimit-tokens-remaining': '0',
      'anthropic-ratelimit-tokens-reset': '2026-11-27T12:00:20Z',
      'anthropic-ratelimit-requests-remaining': '49',
      'anthropic-ratelimit-requests-reset': '2026-11-27T12:01:00Z',
    },
    20,
  ],
  [{ 'retry-after': '86400' }, 3_600],
  [{ 'retry-after': '-1' }, null],
  [{ 'retry-after': 'soon' }, null],
  [{ 'retry-after': 'Wed, 21 Oct 2015 07:28:00 GMT' }, null],
  [{}, null],
])('headers %j ask for %s seconds', (headers, seconds) => {
  expect(retryAfterOf(new Headers(headers), NOW)).toBe(seconds)
})

const nested = (depth: number): unknown => (depth === 0 ? { retry_after: 3 } : [nested(depth - 1)])

test.each<[unknown, number | null]>([
  [{ error: { message: 'Please try again in 7.66s. Visit us' } }, 8],
  [{ error: { message: 'Please try again in 1m26.4s.' } }, 87],
  [{ error: { message: 'Please retry after 20 seconds.' } }, 20],
  [[{ error: { details: [{ '@type': 'RetryInfo', retryDelay: '34.07s' }] } }], 35],
  [{ error: { metadata: { retry_after_seconds: 12 } } }, 12],
  [{ metadata: { headers: { 'X-RateLimit-Reset': String(NOW + 5_000) } } }, 5],
  [{ retry_after_ms: 1_500 }, 2],
  [{ retry_delay: { seconds: 4 } }, 4],
  [{ error: { message: 'Please wait 20 seconds before retrying.' } }, 20],
  [{ error: { message: 'Please retry your requests after 1 minute and 5 seconds' } }, 65],
  [{ error: { message: 'The limit resets in 20s.' } }, 20],
  [{ error: { message: 'Try again in about 20 seconds' } }, 20],
  [{ error: { message: 'Expected available in: 2min' } }, 120],
  [{ error: { message: 'Too many requests. Retry-After: 20' } }, 20],
  [{ error: { metadata: { raw: '{"retry_after":20}' } } }, 20],
  [{ error: { message: '请在 20 秒后重试' } }, 20],
  [{ error: 'The model is loading', estimated_time: 19.5 }, 20],
  [{ error: { resets_in_seconds: 20 } }, 20],
  [{ error: { resets_at: NOW / 1_000 + 20 } }, 20],
  [{ error: { reset_time: '2026-11-27T12:00:20Z' } }, 20],
  [{ error: { retryAfterInSeconds: 20 } }, 20],
  [{ error: { message: 'The limit of 10 requests per 60s is reached: wait a while.' } }, null],
  [{ error: { message: 'Try again later.' } }, null],
  [{ retry_after: null }, null],
  [nested(3), 3],
  [nested(50), null],
  [null, null],
])('what is said in %j asks for %s seconds', (said, seconds) => {
  expect(waitIn(said, NOW)).toBe(seconds)
})

test('a wait of very many parts does not take for ever', () => {
  const parts = `${'1min'.repeat(10_000)}!`
  expect(retryAfterOf(new Headers({ 'retry-after': parts }), NOW)).toBeNull()
  expect(waitIn(`try again in ${parts}`, NOW)).toBe(3_600)
  for (const piece of ['1', ' ', ': ', 'again ', '1s ', 'wait for ', '1 and ']) {
    expect(waitIn(`again 1s ${piece.repeat(10_000)}!`, NOW)).not.toBeNull()
  }
})
