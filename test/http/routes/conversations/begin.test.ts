import { abortAllDurableObjects } from 'cloudflare:test'
import { describe, expect, test } from 'vitest'

import {
  type Client,
  type ContinueAnswer,
  type Conversation,
  type Listed,
  as,
  at,
  bodyOf,
  read,
  sendWith,
} from '../../../support/api.ts'
import { eventsOf } from '../../../support/events.ts'
import { objectOf } from '../../../support/given.ts'
import { network } from '../../../support/network.ts'
import { pointersOf, problemOf } from '../../../support/problems.ts'
import { question } from '../../../support/questions.ts'
import { eventually, inRecord, rowOf, storedIn, underSettings } from '../../../support/record.ts'
import { historyOf } from '../../../support/turns.ts'

const answering = [{ text: 'Yes' }, { text: ', indeed' }, { finish: 'stop', tokens: 3 }]

const bodyFor = (key: string, id?: string) => ({
  ...(id && { id }),
  title: 'A trip',
  messages: [question(key)],
  continue: {},
})

const begin = (client: Client, body: object) => client.post('/api/conversations', body)

const beginStreaming = (client: Client, body: object) =>
  client.request('POST', '/api/conversations', body, { accept: 'text/event-stream' })

const idOf = (response: Response) => response.headers.get('location')?.split('/').at(-1) ?? ''

test('one call creates a conversation, keeps its first message and answers with the reply', async () => {
  const ann = await as.user()
  await network.script('begin', answering)
  const response = await begin(ann, bodyFor('begin'))
  expect(response.status).toBe(201)
  const { message, accepted, conversation } = await bodyOf<ContinueAnswer>(response)
  expect(idOf(response)).toBe(conversation.id)
  expect(message).toMatchObject({ role: 'assistant', content: 'Yes, indeed', seq: 2 })
  expect(accepted).toMatchObject([{ role: 'user', seq: 1 }])
  expect(conversation).toMatchObject({ title: 'A trip', message_count: 2 })
  await inRecord(conversation.id, 2)
  expect((await historyOf(ann, conversation.id)).map(({ role }) => role)).toEqual([
    'user',
    'assistant',
  ])
})

test('it streams when events are accepted, and lists show the conversation before the reply has ended', async () => {
  const ann = await as.user()
  await network.script('begin-stream', [{ text: 'Yes' }, { gate: 'begin-stream' }, ...answering])
  const response = await beginStreaming(ann, bodyFor('begin-stream'))
  expect(response.status).toBe(200)
  expect(response.headers.get('content-type')).toContain('text/event-stream')
  const id = idOf(response)
  const events = eventsOf(response)
  expect((await events.next()).value).toMatchObject({
    event: 'accepted',
    data: { messages: [{ conversation_id: id, seq: 1 }] },
  })
  await eventually(async () => {
    const { data } = await bodyOf<Listed<Conversation>>(ann.get('/api/conversations'))
    return data.some((one) => one.id === id)
  })
  await network.open('begin-stream')
  const rest = await Array.fromAsync(events)
  expect(rest.at(-1)).toMatchObject({ event: 'completed', data: { message: { seq: 2 } } })
})

describe('the same request again', () => {
  test('finds the reply that has ended, and adds nothing', async () => {
    const ann = await as.user()
    await network.script('begin-again', answering)
    const body = bodyFor('begin-again', crypto.randomUUID())
    const first = await bodyOf<ContinueAnswer>(begin(ann, body))
    const again = await begin(ann, body)
    expect(again.status).toBe(200)
    expect(await bodyOf<ContinueAnswer>(again)).toEqual(first)
    await abortAllDurableObjects()
    const later = await beginStreaming(ann, body)
    const events = await Array.fromAsync(eventsOf(later))
    expect(events.at(-1)).toMatchObject({ event: 'completed', data: { message: first.message } })
    expect(await network.seen('begin-again')).toHaveLength(1)
    expect(await historyOf(ann, body.id ?? '')).toHaveLength(2)
  })

  test('joins the reply that runs, however many ask at once', async () => {
    const ann = await as.user()
    await network.script('begin-at-once', [
      { text: 'Yes' },
      { gate: 'begin-at-once' },
      ...answering,
    ])
    const body = bodyFor('begin-at-once', crypto.randomUUID())
    const asking = Promise.all([begin(ann, body), begin(ann, body), begin(ann, body)])
    await eventually(async () => (await network.seen('begin-at-once')).length > 0)
    await network.open('begin-at-once')
    const answers = await Promise.all((await asking).map((one) => bodyOf<ContinueAnswer>(one)))
    expect(new Set(answers.map(({ message }) => message.id)).size).toBe(1)
    expect(await network.seen('begin-at-once')).toHaveLength(1)
  })

  test('asks the model again after it failed, and the conversation exists meanwhile', async () => {
    const ann = await as.user()
    await network.script('begin-failing', [{ status: 400 }], answering)
    const body = bodyFor('begin-failing', crypto.randomUUID())
    const problem = await problemOf(begin(ann, body))
    expect(problem).toMatchObject({ status: 502, stored: ['q'] })
    expect(await read(ann, body.id ?? '')).toMatchObject({ message_count: 1, title: 'A trip' })
    expect((await bodyOf<ContinueAnswer>(begin(ann, body))).message.content).toBe('Yes, indeed')
    expect(await historyOf(ann, body.id ?? '')).toHaveLength(2)
  })

  test('of a conversation that has gone on is refused, and so are other first messages', async () => {
    const ann = await as.user()
    const body = bodyFor('begin-gone-on', crypto.randomUUID())
    await begin(ann, body)
    const other = { ...body, messages: [{ id: 'other', role: 'user', content: 'Else' }] }
    expect(await problemOf(begin(ann, other))).toMatchObject({
      type: '/problems/conversation-started',
      last_seq: 2,
    })
    expect(await historyOf(ann, body.id ?? '')).toHaveLength(2)
  })
})

describe('what is refused creates nothing', () => {
  test.for([
    ['no first message', { messages: [] }, '/messages', {}],
    [
      'a result that no call waits for',
      { messages: [{ role: 'tool', content: 'x', tool_call_id: 'c' }] },
      '/messages/0/tool_call_id',
      {},
    ],
    ['a model that is not allowed', { continue: { model: 'nobody’s' } }, '/model', {}],
    ['an unknown field', { continue: { on_busy: 'interrupt' } }, '/continue', {}],
  ] as const)('%s', async ([, more, pointer]) => {
    const ann = await as.user()
    const id = crypto.randomUUID()
    const problem = await problemOf(begin(ann, { ...bodyFor('begin-refused', id), ...more }))
    expect(problem.status).toBeGreaterThanOrEqual(400)
    expect(pointersOf(problem)).toEqual([pointer])
    expect((await ann.get(at(id))).status).toBe(404)
    expect(await storedIn(id)).toEqual({ tables: [], alarm: null })
    expect(await rowOf(id)).toBeNull()
  })

  test('a model that is not set up, or not for anonymous callers', async () => {
    const [ann, visitor] = [await as.user(), await as.session()]
    for (const [client, settings, status] of [
      [ann, { MODEL_PROVIDER: '' }, 503],
      [ann, { MODEL_PROVIDER: 'none' }, 501],
      [visitor, { ANONYMOUS_MODEL: 'off' }, 403],
    ] as const) {
      const id = crypto.randomUUID()
      await underSettings(id, settings)
      expect([status, (await begin(client, bodyFor('begin-off', id))).status]).toEqual([
        status,
        status,
      ])
      expect((await client.get(at(id))).status).toBe(404)
    }
    expect(await network.seen('begin-off')).toEqual([])
  })

  test('an id that somebody else has', async () => {
    const body = bodyFor('begin-taken', crypto.randomUUID())
    await begin(await as.user(), body)
    expect(await problemOf(begin(await as.user(), body))).toMatchObject({
      type: '/problems/id-taken',
    })
    expect(objectOf(body.id ?? '')).toBeDefined()
  })
})

test('it counts as a write and as a reply', async () => {
  const asked: string[] = []
  const counting = (name: string) => ({
    limit: async () => {
      asked.push(name)
      return { success: true }
    },
  })
  const ann = await as.user()
  const response = await sendWith(
    { RATE_LIMITS: 'on', RATE_WRITES: counting('writes'), RATE_REPLIES: counting('replies') },
    '/api/conversations',
    {
      method: 'POST',
      headers: { ...ann.headers, 'content-type': 'application/json' },
      body: JSON.stringify(bodyFor('begin-counted')),
    },
  )
  expect(response.status).toBe(201)
  expect(asked).toEqual(['writes', 'replies'])
})
