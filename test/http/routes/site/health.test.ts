import { env } from 'cloudflare:workers'
import { expect, test } from 'vitest'

import { version } from '../../../../package.json'
import { as, send, sendWith } from '../../../support/api.ts'
import { problemOf } from '../../../support/problems.ts'
import { faultyD1 } from '../../../support/record.ts'

test('says that all is well when it is', async () => {
  const response = await send('/healthz')
  expect(response.status).toBe(200)
  expect(await response.json()).toEqual({
    status: 'ok',
    version,
    jurisdiction: { objects: null, database: null },
  })
})

test('needs no endpoint when the model is embedded', async () => {
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
  ['PAGE', { PAGE: 'maybe' }],
  ['LOGIN_URL', { LOGIN_URL: 'javascript:alert(1)' }],
  ['LOGIN_URL', { LOGIN_URL: '//elsewhere.test' }],
  ['JURISDICTION', { JURISDICTION: 'mars' }],
  ['JURISDICTION', { JURISDICTION: 'EU' }],
  ['AUTH_JWT_SECRET', { AUTH_JWT_SECRET: '' }],
  ['AUTH_JWKS_URL', { AUTH_JWKS_URL: 'https://x.test/jwks' }],
  ['AUTH_ISSUER', { AUTH_JWT_SECRET: '', AUTH_JWKS_URL: 'https://x.test/jwks' }],
  ['DB', { DB: undefined as unknown as D1Database }],
  ['OWNER_FILES', { OWNER_FILES: undefined as unknown as Env['OWNER_FILES'] }],
  ['CONVERSATION', { CONVERSATION: undefined as unknown as Env['CONVERSATION'] }],
  ['DEFAULT_LANGUAGE', { DEFAULT_LANGUAGE: 'english' }],
  ['MAX_MB_PER_OWNER', { MAX_MB_PER_OWNER: 'much' }],
  ['ALERT_WEBHOOK', { ALERT_WEBHOOK: 'http://alerts.test/x' }],
])('names %s when that is what is wrong: %o', async (name, changed) => {
  const problem = await problemOf(await sendWith(changed, '/healthz'))
  expect(problem).toMatchObject({ type: '/problems/not-configured', status: 503 })
  expect(problem.detail).toContain(name)
})

test('says all that is wrong at once, by setting, and no value', async () => {
  const changed = { SESSION_SECRET: 'short', CONTEXT_TOKENS: 'a lot', JURISDICTION: 'eu' }
  const problem = await problemOf(await sendWith(changed, '/healthz'))
  expect(problem.problems?.map(({ setting }) => setting)).toEqual([
    'SESSION_SECRET',
    'CONTEXT_TOKENS',
  ])
  expect(JSON.stringify(problem)).not.toContain('a lot')
})

test.for([
  ['D1_ERROR: no such table: owner_usage', 'd1 migrations apply'],
  ['D1_ERROR: Network connection lost.', 'does not answer'],
])(
  'tells a database without tables from one that is out of reach: %s',
  async ([message = '', words = '']) => {
    const { db } = faultyD1(env.DB, {
      beforeQuery: () => {
        throw new Error(message)
      },
    })
    const problem = await problemOf(await sendWith({ DB: db }, '/healthz'))
    expect(problem.problems).toEqual([{ setting: 'DB', detail: expect.stringContaining(words) }])
  },
)

test('an impossible jurisdiction is reported to a caller who asks for a conversation, too', async () => {
  const ann = await as.user()
  const init = {
    method: 'POST',
    headers: { ...ann.headers, 'content-type': 'application/json' },
    body: '{}',
  }
  const problem = await problemOf(sendWith({ JURISDICTION: 'mars' }, '/api/conversations', init))
  expect(problem).toMatchObject({ status: 503, detail: expect.stringContaining('JURISDICTION') })
})
