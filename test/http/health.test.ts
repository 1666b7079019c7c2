import { expect, test } from 'vitest'

import { send, sendWith } from '../support/api.ts'
import { problemOf } from '../support/problems.ts'

test('says that all is well where it is', async () => {
  const response = await send('/healthz')
  expect(response.status).toBe(200)
  expect(await response.json()).toEqual({ status: 'ok' })
})

test('needs no endpoint where the model is embedded', async () => {
  const changed = { MODEL_PROVIDER: 'offline', MODEL_API_KEY: '' }
  expect((await sendWith(changed, '/healthz')).status).toBe(200)
})

test.each<[name: string, changed: Partial<Env>]>([
  ['SESSION_SECRET', { SESSION_SECRET: '' }],
  ['SESSION_SECRET', { SESSION_SECRET: 'short' }],
  ['SERVICE_TOKENS', { SERVICE_TOKENS: 'not json' }],
  ['MODEL_PROVIDER', { MODEL_PROVIDER: '' }],
  ['MODEL_PROVIDER', { MODEL_PROVIDER: 'banana' }],
  ['MODEL_API_KEY', { MODEL_API_KEY: '' }],
  ['MODEL_BASE_URL', { MODEL_BASE_URL: 'nowhere' }],
  ['MODEL_NAME', { MODEL_NAME: '' }],
  ['CONTEXT_TOKENS', { CONTEXT_TOKENS: '-5' }],
  ['ARCHIVE_AFTER_DAYS', { ARCHIVE_AFTER_DAYS: 'soon' }],
  ['RATE_LIMITS', { RATE_LIMITS: 'maybe' }],
])('names %s where that is what is wrong: %o', async (name, changed) => {
  const problem = await problemOf(await sendWith(changed, '/healthz'))
  expect(problem).toMatchObject({ type: '/problems/not-configured', status: 503 })
  expect(problem.detail).toContain(name)
})
