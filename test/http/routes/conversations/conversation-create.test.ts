import { env } from 'cloudflare:workers'
import { expect, test } from 'vitest'

import { type Client, type Conversation, as, bodyOf, sendWith } from '../../../support/api.ts'
import { givenConversation, userMessages } from '../../../support/given.ts'
import { faultyD1, rowOf } from '../../../support/record.ts'

const create = (client: Client, body: object) => client.post('/api/conversations', body)

const createWith = (changed: Partial<Env>, client: Client, body: object = {}) =>
  sendWith(changed, '/api/conversations', {
    method: 'POST',
    headers: { ...client.headers, 'content-type': 'application/json' },
    body: JSON.stringify(body),
  })

test('creates a conversation, says where it is and shows it in the record at once', async () => {
  const owner = crypto.randomUUID()
  const ann = await as.user(owner)
  const response = await create(ann, {
    title: 'Trip',
    topic: 'travel',
    language: 'PT-br',
    metadata: { plan: 'pro', seat: '' },
    messages: userMessages(2),
  })
  expect(response.status).toBe(201)
  const conversation = await bodyOf<Conversation>(response)
  expect(response.headers.get('location')).toBe(`/api/conversations/${conversation.id}`)
  expect(conversation).toMatchObject({
    object: 'conversation',
    user_id: owner,
    session_id: null,
    title: 'Trip',
    topic: 'travel',
    language: 'pt-BR',
    summary: null,
    is_active: true,
    is_resolved: false,
    hold: false,
    archived_at: null,
    message_count: 2,
    summary_seq: 0,
    tokens_used: 0,
    metadata: { plan: 'pro', seat: '' },
  })
  // The first 48 bits of a UUID v7 are its time.
  const time = Number.parseInt(conversation.id.replace('-', '').slice(0, 12), 16)
  expect(Math.abs(Date.parse(conversation.created_at) - time)).toBeLessThan(5_000)
  expect(await rowOf(conversation.id)).toMatchObject({ title: 'Trip', last_seq: 2, user_id: owner })
})

test('has defaults for everything', async () => {
  const owner = crypto.randomUUID()
  const conversation = await bodyOf<Conversation>(create(await as.session(owner), {}))
  expect(conversation).toMatchObject({
    user_id: null,
    session_id: owner,
    language: 'es',
    title: null,
    topic: null,
    metadata: {},
    message_count: 0,
  })
})

test('answers the same creation again with what stands, whatever the retry calls it', async () => {
  const ann = await as.user()
  const id = crypto.randomUUID()
  const first = await create(ann, { id, title: 'First', messages: userMessages(1) })
  expect(first.status).toBe(201)
  const again = await create(ann, {
    id: id.toUpperCase(),
    title: 'Second',
    messages: userMessages(1),
  })
  expect(again.status).toBe(200)
  expect(again.headers.get('location')).toBe(`/api/conversations/${id}`)
  expect(await again.json()).toEqual(await first.json())
})

test('takes the first messages of a retry while there are none', async () => {
  const ann = await as.user()
  const id = await givenConversation(ann)
  const retry = await create(ann, { id, messages: userMessages(2) })
  expect(retry.status).toBe(200)
  expect(await retry.json()).toMatchObject({ message_count: 2 })
  expect(await rowOf(id)).toMatchObject({ last_seq: 2 })
})

test('drops no message in silence: others than the first ones are refused', async () => {
  const ann = await as.user()
  const id = await givenConversation(ann, { messages: userMessages(2) })
  for (const messages of [userMessages(3), userMessages(2, 3)]) {
    const answer = await create(ann, { id, messages })
    expect(answer.status).toBe(409)
    expect(await answer.json()).toMatchObject({
      type: '/problems/conversation-started',
      last_seq: 2,
    })
  }
  expect(await bodyOf(ann.get(`/api/conversations/${id}`))).toMatchObject({ message_count: 2 })
})

test('finds the first messages of a retry again though they have no ids', async () => {
  const ann = await as.user()
  const body = { id: crypto.randomUUID(), messages: [{ role: 'user', content: 'Hello' }] }
  expect((await create(ann, body)).status).toBe(201)
  const again = await create(ann, body)
  expect(again.status).toBe(200)
  expect(await again.json()).toMatchObject({ message_count: 1 })
})

test('creates once when the same creation arrives ten times at once', async () => {
  const ann = await as.user()
  const id = crypto.randomUUID()
  const body = { id, messages: userMessages(3) }
  const responses = await Promise.all(Array.from({ length: 10 }, () => create(ann, body)))
  const statuses = responses.map(({ status }) => status)
  expect(statuses.filter((status) => status === 201)).toHaveLength(1)
  expect(statuses.filter((status) => status === 200)).toHaveLength(9)
  expect(await bodyOf(ann.get(`/api/conversations/${id}`))).toMatchObject({ message_count: 3 })
})

test('refuses an id that somebody else has, and tells nothing of it', async () => {
  const id = await givenConversation(await as.user(), { title: 'Private' })
  for (const other of [await as.user(), await as.session(), as.service('backend', 'user:eve')]) {
    const response = await create(other, { id, messages: userMessages(1) })
    expect(response.status).toBe(409)
    const problem = await bodyOf<object>(response)
    expect(problem).toEqual({
      type: '/problems/id-taken',
      title: 'This conversation id is taken',
      status: 409,
    })
  }
  expect(await rowOf(id)).toMatchObject({ last_seq: 0, title: 'Private' })
})

test('lets a service create for the one it names, and nothing for itself', async () => {
  const owner = crypto.randomUUID()
  const created = await create(as.service('backend', `user:${owner}`), {})
  expect(await created.json()).toMatchObject({ user_id: owner })
  expect((await create(as.service('backend'), {})).status).toBe(403)
})

const keys = (count: number) =>
  Object.fromEntries(Array.from({ length: count }, (_, index) => [`k${index}`, 'v']))

test.for([
  ['a title of 255', { title: 'x'.repeat(255) }],
  ['a topic of 100', { topic: 'x'.repeat(100) }],
  ['sixteen keys', { metadata: keys(16) }],
  ['a key of 64 and a value of 512', { metadata: { ['k'.repeat(64)]: 'v'.repeat(512) } }],
  ['a hundred messages', { messages: userMessages(100) }],
] as const)('takes %s', async ([, body]) => {
  expect((await create(await as.user(), body)).status).toBe(201)
})

test.for([
  ['/title', { title: 'x'.repeat(256) }],
  ['/title', { title: '' }],
  ['/title', { title: 'half a \uD83D pair' }],
  ['/topic', { topic: 'x'.repeat(101) }],
  ['/language', { language: 'not a language' }],
  ['/metadata', { metadata: keys(17) }],
  ['/metadata/a', { metadata: { a: 'v'.repeat(513) } }],
  ['/metadata/a', { metadata: { a: 1 } }],
  ['/id', { id: 'chosen' }],
  ['/messages', { messages: userMessages(101) }],
  ['', { colour: 'red' }],
] as const)('refuses with a pointer to %s', async ([pointer, body]) => {
  const ann = await as.user()
  const id = crypto.randomUUID()
  const response = await create(ann, { id, ...body })
  expect(response.status).toBe(422)
  const { errors } = await bodyOf<{ errors: { pointer: string }[] }>(response)
  expect(errors.map((error) => error.pointer)).toContain(pointer)
  expect((await ann.get(`/api/conversations/${id}`)).status).toBe(404)
})

test('bounds how many conversations a session may have, but never refuses a retry', async () => {
  const sam = await as.session()
  const two = { MAX_CONVERSATIONS_PER_SESSION: '2' }
  await createWith(two, sam)
  const id = crypto.randomUUID()
  expect((await createWith(two, sam, { id })).status).toBe(201)
  const third = await createWith(two, sam)
  expect(third.status).toBe(429)
  expect(await third.json()).toMatchObject({ type: '/problems/too-many-conversations' })
  expect((await createWith(two, sam, { id })).status).toBe(200)
})

test('does not count what users have, nor what a service creates for a session', async () => {
  const one = { MAX_CONVERSATIONS_PER_SESSION: '1' }
  const ann = await as.user()
  const backend = as.service('backend', `session:${crypto.randomUUID()}`)
  for (const client of [ann, ann, backend, backend]) {
    expect((await createWith(one, client)).status).toBe(201)
  }
})

test('goes on creating for a session while D1 is down', async () => {
  const { db, counts } = faultyD1(env.DB)
  const down = new Proxy(db, {
    get: (target, key) => {
      if (key === 'prepare') counts.queries += 1
      if (key === 'prepare' || key === 'batch') throw new Error('D1 DB is overloaded.')
      return Reflect.get(target, key)
    },
  })
  const response = await createWith({ DB: down }, await as.session())
  expect(response.status).toBe(201)
  // Whether the session is linked, how many it has, and how much, in one: then no more is asked of it.
  expect(counts.queries).toBe(1)
})
