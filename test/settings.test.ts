import { expect, test } from 'vitest'

import { as, sendWith } from './support/api.ts'
import { problemOf } from './support/problems.ts'

const ann = await as.user()
const visitor = await as.session()

const creating = (changed: Partial<Env>, client = ann) =>
  sendWith(changed, '/api/conversations', {
    method: 'POST',
    headers: { ...client.headers, 'content-type': 'application/json' },
    body: JSON.stringify({ messages: [{ role: 'user', content: 'Hello' }] }),
  })

const flags = ['RATE_LIMITS', 'ALLOW_CLIENT_ASSISTANT', 'ALLOW_CLIENT_SYSTEM'] as const

test.each(flags)('takes %s in the words that people write', async (name) => {
  for (const value of ['on', 'off', 'ON', 'True', 'false', '1', '0', ' on ', '', '  ']) {
    expect([value, (await creating({ [name]: value })).status]).toEqual([value, 201])
  }
})

test.each(flags)('names %s when it says neither on nor off, and repeats nothing', async (name) => {
  for (const value of ['maybe', 'yes please', 'on,off']) {
    const problem = await problemOf(creating({ [name]: value }))
    expect(problem).toMatchObject({ type: '/problems/not-configured', status: 503 })
    expect(problem.detail).toBe(`${name} is neither "on" nor "off".`)
  }
})

test.each(['many', '0', '-1', '1.5', 'Infinity', '9007199254740993', '10 000'])(
  'names the number that makes no sense: %s',
  async (value) => {
    const answer = creating({ MAX_CONVERSATIONS_PER_SESSION: value }, visitor)
    const problem = await problemOf(answer)
    expect(problem).toMatchObject({ type: '/problems/not-configured', status: 503 })
    expect(problem.detail).toBe('MAX_CONVERSATIONS_PER_SESSION is not a whole number of 1 or more.')
  },
)

test.each(['', ' 7 ', '100'])('takes the number %j', async (value) => {
  expect((await creating({ MAX_CONVERSATIONS_PER_SESSION: value }, visitor)).status).toBe(201)
})

test('says that the secret every deployment needs is missing', async () => {
  const problem = await problemOf(sendWith({ SESSION_SECRET: ' ' }, '/healthz'))
  expect(problem).toMatchObject({ type: '/problems/not-configured', status: 503 })
  expect(problem.detail).toBe(
    'SESSION_SECRET is not set. Set it with `npx wrangler secret put SESSION_SECRET`; locally, in .dev.vars.',
  )
})

test('reads a list however it is spaced', async () => {
  for (const origins of ['https://a.test,https://b.test', ' https://a.test , , https://b.test, ']) {
    const init = { headers: { origin: 'https://b.test' } }
    const response = await sendWith({ ALLOWED_ORIGINS: origins }, '/healthz', init)
    expect(response.headers.get('access-control-allow-origin')).toBe('https://b.test')
  }
})
