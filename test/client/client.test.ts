import { createHash } from 'node:crypto'

import { describe, expect, test } from 'vitest'

import { Hilo, type HiloError, type ReplyEvent } from '../../src/client/client.ts'
import { as, send } from '../support/api.ts'
import { network } from '../support/network.ts'
import { inRecord } from '../support/record.ts'
import { userToken } from '../support/tokens.ts'
import { historyOf } from '../support/turns.ts'

type Fault = (request: Request, pass: () => Promise<Response>, nth: number) => Promise<Response>

/** A client of the Worker under test, behind a network that does as it is told. */
async function aClient(fault: Fault = (_, pass) => pass()) {
  const user = crypto.randomUUID()
  let nth = 0
  const hilo = new Hilo({
    url: 'https://hilo.test',
    token: await userToken(user),
    fetch: async (request) => {
      nth += 1
      const { pathname, search } = new URL(request.url)
      const pass = async () =>
        send(pathname + search, new Request(request) as unknown as RequestInit)
      return fault(request, pass, nth)
    },
  })
  return { hilo, ann: await as.user(user), calls: () => nth }
}

const question = (key: string) => [{ role: 'user' as const, content: `Where? #${key}` }]
const answering = [
  { text: 'Yes' },
  { text: ', ' },
  { text: 'indeed' },
  { finish: 'stop', tokens: 3 },
]

const all = async (reply: AsyncIterable<ReplyEvent>) => Array.fromAsync(reply)
const textOf = (events: ReplyEvent[]) =>
  events.map((event) => (event.type === 'delta' ? event.content : '')).join('')

/** The same answer, its body broken after so many bytes. */
function cut(response: Response, bytes: number): Response {
  let left = bytes
  const cutting = new TransformStream<Uint8Array, Uint8Array>({
    transform(chunk, controller) {
      if (left <= 0) return controller.error(new Error('connection lost'))
      controller.enqueue(chunk.slice(0, left))
      left -= chunk.byteLength
    },
  })
  return new Response(response.body?.pipeThrough(cutting), response)
}

test('begins, continues and reads, typed by the reference', async () => {
  const { hilo, ann } = await aClient()
  await network.script('client', answering)
  const reply = hilo.begin(question('client'), { title: 'A trip' })
  expect(await reply.text()).toBe('Yes, indeed')
  expect(await hilo.continue(reply.conversationId, question('client')).text()).toBe('Yes, indeed')
  const { data } = await hilo.api.GET('/api/conversations/{id}', {
    params: { path: { id: reply.conversationId } },
  })
  expect(data).toMatchObject({ title: 'A trip', message_count: 4 })
  expect((await historyOf(ann, reply.conversationId)).map(({ seq }) => seq)).toEqual([1, 2, 3, 4])
})

describe('nothing is doubled or lost', () => {
  test('when the answer to a request is lost after it was done', async () => {
    let lost = 0
    const { hilo, ann } = await aClient(async (_, pass, nth) => {
      const response = await pass()
      if (nth > 2) return response
      await response.text()
      lost += 1
      throw new TypeError('fetch failed')
    })
    const { data, error } = await hilo.api.POST('/api/conversations', {
      body: { messages: [{ role: 'user', content: 'One' }] },
    })
    expect([lost, error]).toEqual([2, undefined])
    const { id } = data as { id: string }
    await inRecord(id, 1)
    expect(await historyOf(ann, id)).toHaveLength(1)
  })

  test('when Hilo says to come back', async () => {
    const { hilo, calls } = await aClient(async (_, pass, nth) =>
      nth === 1
        ? Response.json({ title: 'try again' }, { status: 503, headers: { 'retry-after': '0' } })
        : pass(),
    )
    const { response } = await hilo.api.POST('/api/conversations', { body: { title: 'T' } })
    expect([response.status, calls()]).toEqual([201, 2])
  })

  test.for([0, 1, 60, 200, 400, 700])('when a stream breaks after %i bytes', async (bytes) => {
    const key = `client-cut-${bytes}`
    await network.script(key, answering)
    const { hilo, ann } = await aClient(async (_, pass, nth) => {
      const response = await pass()
      return nth === 1 ? cut(response, bytes) : response
    })
    const reply = hilo.begin(question(key))
    const events = await all(reply)
    expect(textOf(events)).toBe('Yes, indeed')
    expect(events.filter(({ type }) => type === 'accepted')).toHaveLength(1)
    expect(events.at(-1)).toMatchObject({ type: 'completed', message: { content: 'Yes, indeed' } })
    expect(await historyOf(ann, reply.conversationId)).toHaveLength(2)
    expect(await network.seen(key)).toHaveLength(1)
  })
})

test('joins a reply that runs, as after a reload', async () => {
  const { hilo } = await aClient()
  await network.script('client-join', [{ text: 'One' }, { gate: 'client-join' }, ...answering])
  const reply = hilo.begin(question('client-join'))
  const first = reply[Symbol.asyncIterator]()
  await first.next()
  await first.next()
  const joined = await hilo.join(reply.conversationId)
  await network.open('client-join')
  expect(await joined?.text()).toBe('OneYes, indeed')
  expect(await hilo.join(reply.conversationId)).toBeNull()
})

test('what Hilo refuses is an error with the problem in it', async () => {
  const { hilo } = await aClient()
  const error = await hilo
    .continue(crypto.randomUUID(), question('client-none'))
    .text()
    .catch((thrown: HiloError) => thrown)
  expect(error).toMatchObject({
    name: 'HiloError',
    status: 404,
    problem: { title: 'No such conversation' },
  })
})

test('the types are those of the reference: npm run types:client makes them anew', async () => {
  const reference = await (await send('/openapi.json')).text()
  const { default: schema } = (await import('../../src/client/schema.d.ts?raw')) as {
    default: string
  }
  const hash = createHash('sha256').update(reference).digest('hex')
  expect(schema.split('\n')[0]).toContain(hash)
})

test('another reply is asked for once, also if the answer is lost, and its thoughts are told', async () => {
  const thinking = {
    chunk: { choices: [{ index: 0, delta: { reasoning: 'Hm' }, finish_reason: null }] },
  }
  await network.script('client-again', answering, [thinking, ...answering])
  // The second request's answer is lost on its way.
  const { hilo, ann } = await aClient(async (_, pass, nth) => {
    const answer = await pass()
    return nth === 2 ? cut(answer, 40) : answer
  })
  const first = hilo.begin([{ id: 'q', ...question('client-again')[0]! }])
  await first.text()
  const events = await all(hilo.again(first.conversationId, 'q'))
  expect(textOf(events)).toBe('Yes, indeed')
  expect(events.filter(({ type }) => type === 'reasoning')).toEqual([
    { type: 'reasoning', content: 'Hm' },
  ])
  expect(await network.seen('client-again')).toHaveLength(2)
  const history = await historyOf(ann, first.conversationId, 'all')
  expect(history).toHaveLength(3)
  expect(history.at(-1)?.siblings).toHaveLength(2)
})
