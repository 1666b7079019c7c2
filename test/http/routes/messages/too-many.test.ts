import { expect, test } from 'vitest'

import { type Client, as, sendWith } from '../../../support/api.ts'
import { givenConversation } from '../../../support/given.ts'
import { problemOf } from '../../../support/problems.ts'

const two = { MAX_CONVERSATIONS_PER_SESSION: '2' }

const creating = (client: Client, body: object = {}, changed: Partial<Env> = two) =>
  sendWith(changed, '/api/conversations', {
    method: 'POST',
    headers: { ...client.headers, 'content-type': 'application/json' },
    body: JSON.stringify(body),
  })

test('bounds how many conversations an anonymous session has', async () => {
  const visitor = await as.session()
  const id = crypto.randomUUID()
  expect((await creating(visitor, { id })).status).toBe(201)
  expect((await creating(visitor)).status).toBe(201)
  const refused = crypto.randomUUID()
  const problem = await problemOf(creating(visitor, { id: refused }))
  expect(problem).toMatchObject({ type: '/problems/too-many-conversations', status: 429 })
  expect(problem.detail).toContain('2 conversations')
  expect((await visitor.get(`/api/conversations/${refused}`)).status).toBe(404)
  expect((await creating(visitor, { id })).status).toBe(200)
  expect((await creating(await as.session())).status).toBe(201)
})

test('counts archived ones too', async () => {
  const visitor = await as.session()
  const [id] = [await givenConversation(visitor), await givenConversation(visitor)]
  expect((await visitor.delete(`/api/conversations/${id}`)).status).toBe(200)
  expect((await creating(visitor)).status).toBe(429)
})

test('bounds neither a user nor a service that acts for a session', async () => {
  const ann = await as.user()
  const backend = as.service('backend', `session:${crypto.randomUUID()}`)
  for (const client of [ann, backend]) {
    for (const _ of [1, 2, 3]) expect((await creating(client)).status).toBe(201)
  }
})

test('creates all the same while the record can not be asked', async () => {
  const visitor = await as.session()
  const one = { MAX_CONVERSATIONS_PER_SESSION: '1' }
  await givenConversation(visitor)
  expect((await creating(visitor, {}, one)).status).toBe(429)
  const prepare = () => {
    throw new Error('D1 is down')
  }
  const DB = { prepare } as unknown as D1Database
  expect((await creating(visitor, {}, { ...one, DB })).status).toBe(201)
})
