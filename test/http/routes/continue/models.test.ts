import { describe, expect, test } from 'vitest'

import { as } from '../../../support/api.ts'
import { givenConversation } from '../../../support/given.ts'
import { network } from '../../../support/network.ts'
import { pointersOf, problemOf } from '../../../support/problems.ts'
import { promptOf, question } from '../../../support/questions.ts'
import { inStorage, underSettings } from '../../../support/record.ts'
import { answered, historyOf, proceed, turnOf } from '../../../support/turns.ts'

const backend = () => as.service('backend', `user:${crypto.randomUUID()}`)

describe('the model that a request names', () => {
  test('is the deployment’s own when it names none', async () => {
    const ann = await as.user()
    const id = await givenConversation(ann)
    await proceed(ann, id, turnOf('own-model'))
    const [seen] = await network.seen('own-model')
    expect(seen).toMatchObject({ authorization: 'Bearer test-key', body: { model: 'test-model' } })
  })

  test.each(['test-model', 'other-model'])('may be %s, which is allowed', async (model) => {
    for (const client of [await as.user(), await as.session()]) {
      const id = await givenConversation(client)
      const key = `allowed-${crypto.randomUUID()}`
      expect((await proceed(client, id, { ...turnOf(key), model })).status).toBe(200)
      const [seen] = await network.seen(key)
      expect(seen?.body).toMatchObject({ model })
    }
  })

  test('is refused from users and sessions when it is another, and nothing kept', async () => {
    for (const client of [await as.user(), await as.session()]) {
      const id = await givenConversation(client)
      const refused = await problemOf(
        proceed(client, id, { ...turnOf('foreign'), model: 'dear-model' }),
      )
      expect(refused).toMatchObject({ type: '/problems/not-permitted', status: 403 })
      expect(pointersOf(refused)).toEqual(['/model'])
      expect(await historyOf(client, id)).toEqual([])
    }
    expect(await network.seen('foreign')).toEqual([])
  })

  test('may be any for a service', async () => {
    const service = backend()
    const id = await givenConversation(service)
    const more = { model: 'dear-model' }
    const { message } = await answered(service, id, { ...turnOf('dear'), ...more })
    const [seen] = await network.seen('dear')
    expect(seen?.body).toMatchObject(more)
    // What answered is what the provider says it was.
    expect(message.model).toBe('test-model-2026')
  })
})

describe('what a reply may cost', () => {
  test('is bounded by MAX_OUTPUT_TOKENS', async () => {
    const ann = await as.user()
    const id = await givenConversation(ann)
    await proceed(ann, id, turnOf('unbounded'))
    const [free] = await network.seen('unbounded')
    expect(Object.keys(free?.body as object)).not.toContain('max_completion_tokens')
    await underSettings(id, { MAX_OUTPUT_TOKENS: '77' })
    await proceed(ann, id, turnOf('bounded', 'q2'))
    const [seen] = await network.seen('bounded')
    expect(seen?.body).toMatchObject({ max_completion_tokens: 77 })
  })

  test('is nothing for anonymous callers when ANONYMOUS_MODEL is off', async () => {
    const visitor = await as.session()
    const id = await givenConversation(visitor)
    await underSettings(id, { ANONYMOUS_MODEL: 'off' })
    const refused = await problemOf(proceed(visitor, id, turnOf('anonymous')))
    expect(refused).toMatchObject({ type: '/problems/not-permitted', status: 403 })
    expect(await historyOf(visitor, id)).toEqual([])
    expect(await network.seen('anonymous')).toEqual([])
  })

  test('is no less for users, nor for a service that acts for a session', async () => {
    const session = crypto.randomUUID()
    for (const client of [await as.user(), as.service('backend', `session:${session}`)]) {
      const id = await givenConversation(client)
      await underSettings(id, { ANONYMOUS_MODEL: 'off' })
      expect((await proceed(client, id, turnOf('known'))).status).toBe(200)
    }
  })
})

test('SYSTEM_PROMPT comes first and is never stored', async () => {
  const service = backend()
  const own = { id: 's', role: 'system', content: 'Be brief.' }
  const id = await givenConversation(service, { messages: [own] })
  await underSettings(id, { SYSTEM_PROMPT: 'You are Hilo, and secret.' })
  await proceed(service, id, turnOf('prompted'))
  await proceed(service, id, turnOf('prompted', 'q2'))
  for (const seen of await network.seen('prompted')) {
    expect(promptOf(seen).slice(0, 2)).toMatchObject([
      { role: 'system', content: 'You are Hilo, and secret.\n\nBe brief.' },
      { role: 'user' },
    ])
    expect(promptOf(seen).filter(({ role }) => role === 'system')).toHaveLength(1)
  }
  const stored = await inStorage(id, 'SELECT role, content FROM messages ORDER BY seq')
  expect(stored.map(({ role }) => role)).toEqual([
    'system',
    'user',
    'assistant',
    'user',
    'assistant',
  ])
  expect(JSON.stringify(stored)).not.toContain('secret')
})

describe('a deployment that is not set up for a model', () => {
  test('and does not mean to be, says that it generates nothing', async () => {
    const ann = await as.user()
    const id = await givenConversation(ann)
    await underSettings(id, { MODEL_PROVIDER: 'none' })
    const refused = await problemOf(proceed(ann, id, turnOf('none')))
    expect(refused).toMatchObject({ type: '/problems/no-model', status: 501 })
    expect(await historyOf(ann, id)).toEqual([])
    const appended = await ann.post(`/api/conversations/${id}/messages`, {
      messages: [question('none')],
    })
    expect(appended.status).toBe(201)
  })

  test.each([
    ['MODEL_PROVIDER', ''],
    ['MODEL_PROVIDER', 'clever'],
    ['MODEL_API_KEY', ''],
    ['MODEL_BASE_URL', ' '],
    ['MODEL_NAME', ''],
    ['MAX_OUTPUT_TOKENS', 'many'],
    ['MAX_OUTPUT_TOKENS', '0'],
    ['MODEL_FIRST_TOKEN_TIMEOUT_S', '-1'],
    ['CONTEXT_TOKENS', '8k'],
    ['ANONYMOUS_MODEL', 'perhaps'],
  ])('names %s when it is “%s”, and keeps nothing', async (name, value) => {
    const visitor = await as.session()
    const id = await givenConversation(visitor)
    await underSettings(id, { [name]: value })
    const refused = await problemOf(proceed(visitor, id, turnOf('unset')))
    expect(refused).toMatchObject({ type: '/problems/not-configured', status: 503 })
    expect(refused.detail).toContain(name)
    await underSettings(id, { [name]: undefined })
    expect(await historyOf(visitor, id)).toEqual([])
    expect(await network.seen('unset')).toEqual([])
  })
})
