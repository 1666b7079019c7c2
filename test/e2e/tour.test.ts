import { describe, expect, test } from 'vitest'

import type { Conversation } from '../../src/contract/conversation.ts'
import type { List } from '../../src/contract/list.ts'
import type { Message } from '../../src/contract/message.ts'
import type { ContinueAnswer } from '../../src/contract/reply.ts'
import { allEvents, eventsOf } from '../support/events.ts'
import { fakeEndpoint } from './fake-endpoint.ts'
import { Server, token } from './server.ts'

const bearer = (value: string) => ({ authorization: `Bearer ${value}` })
const at = (id: string) => `/api/conversations/${id}`
const user = (id: string, content: string) => ({ id, role: 'user', content })

/** Somebody with a session of the server's. */
async function visitor(server: Server) {
  const response = await server.request('POST', '/api/sessions', {})
  expect(response.status).toBe(201)
  const { token: value } = (await response.json()) as { token: string }
  const headers = bearer(value)
  return {
    token: value,
    cookie: response.headers.get('set-cookie')?.split(';')[0] ?? '',
    ask: async <T>(method: string, path: string, body?: unknown) =>
      (await server.request(method, path, headers, body)).json() as Promise<T>,
    stream: (path: string, body: unknown) =>
      server.request('POST', path, { ...headers, accept: 'text/event-stream' }, body),
  }
}

const contentsOf = ({ data }: List<Message>) => data.map(({ content }) => content)

test('the tour: create, append, continue, read, page, list, rename, archive, restore', async () => {
  await using server = new Server()
  await server.start()
  const ann = await visitor(server)
  const id = crypto.randomUUID()
  const created = await ann.ask<Conversation>('POST', '/api/conversations', { id, title: 'A trip' })
  expect(created).toMatchObject({ id, title: 'A trip', message_count: 0 })
  const first = { messages: [user('m1', 'Quiero ir a Cádiz.')] }
  await ann.ask('POST', `${at(id)}/messages`, first)
  await ann.ask('POST', `${at(id)}/messages`, first)
  const events = await allEvents(
    await ann.stream(`${at(id)}/continue`, { messages: [user('m2', '¿Qué tiempo hace?')] }),
  )
  expect(events.filter(({ event }) => event === 'delta').length).toBeGreaterThan(3)
  expect(events.at(-1)).toMatchObject({ event: 'completed', data: { message: { seq: 3 } } })
  const page = await ann.ask<List<Message>>('GET', `${at(id)}/messages?limit=2`)
  expect(contentsOf(page)).toEqual(['Quiero ir a Cádiz.', '¿Qué tiempo hace?'])
  const next = await ann.ask<List<Message>>(
    'GET',
    `${at(id)}/messages?limit=2&cursor=${page.next_cursor}`,
  )
  expect(next.data.map(({ seq }) => seq)).toEqual([3])
  const renamed = await ann.ask<Conversation>('PATCH', at(id), { title: 'Cádiz' })
  expect(renamed.title).toBe('Cádiz')
  const ids = async (query: string) =>
    (await ann.ask<List<Conversation>>('GET', `/api/conversations${query}`)).data.map((c) => c.id)
  expect(await ids('')).toEqual([id])
  await ann.ask('DELETE', at(id))
  expect([await ids(''), await ids('?status=archived')]).toEqual([[], [id]])
  await ann.ask('PATCH', at(id), { is_active: true })
  expect(await ids('')).toEqual([id])

  // With the cookie alone, as a page on the same site.
  expect((await server.request('GET', at(id), { cookie: ann.cookie })).status).toBe(200)
  // As users and services, by the tokens that the README's commands print.
  const bob = bearer(token('bob'))
  expect((await server.request('GET', at(id), bob)).status).toBe(404)
  const service = { ...bearer(token('--service')), 'hilo-acting-for': 'user:bob' }
  const theirs = crypto.randomUUID()
  const made = await server.request('POST', '/api/conversations', service, {
    id: theirs,
    messages: [{ role: 'assistant', content: 'Un hilo.', model: 'mine' }],
  })
  expect(made.status).toBe(201)
  expect((await server.request('GET', at(theirs), bob)).status).toBe(200)
  // At login the visitor's become the user's.
  const linked = await server.request('POST', '/api/sessions/link', bob, {
    session_token: ann.token,
  })
  expect(await linked.json()).toMatchObject({ linked: 1 })
  expect((await server.request('GET', at(id), bob)).status).toBe(200)
  expect((await server.request('GET', at(id), { cookie: ann.cookie })).status).toBe(404)
})

describe('a server that is killed', () => {
  test('has everything when it starts again, the reply it was writing too', async () => {
    await using server = new Server()
    await server.start()
    const ann = await visitor(server)
    const id = crypto.randomUUID()
    const messages = Array.from({ length: 30 }, (_, index) => user(`m${index}`, `message ${index}`))
    await ann.ask('POST', '/api/conversations', { id, language: 'en' })
    const appended = await Promise.all(
      messages.map((message) =>
        ann.ask<{ messages: Message[] }>('POST', `${at(id)}/messages`, { messages: [message] }),
      ),
    )
    const bySeq = new Map(appended.flatMap((answer) => answer.messages.map((m) => [m.seq, m])))
    const turn = { messages: [user('q', 'word '.repeat(60))] }
    const events = eventsOf(await ann.stream(`${at(id)}/continue`, turn))
    const { value: accepted } = await events.next()
    await events.next()
    await server.kill()
    await server.start()
    const again = visitorOf(server, ann.token)
    const history = await again<List<Message>>('GET', `${at(id)}/messages?limit=200`)
    const [kept, question] = [history.data.slice(0, 30), history.data[30]]
    expect(kept).toEqual(kept.map(({ seq }) => bySeq.get(seq)))
    expect(kept.map(({ seq }) => seq)).toEqual(messages.map((_, index) => index + 1))
    expect(question).toMatchObject({ id: 'q', seq: 31 })
    // What it had written down of the reply is there, or nothing was and the same request asks again.
    const reply = await again<ContinueAnswer>('POST', `${at(id)}/continue`, turn)
    const isKept = history.data.length > 31
    expect(reply.message.seq).toBe(32)
    expect(reply.message.status).toBe(isKept ? 'interrupted' : 'complete')
    expect(reply.message.id === accepted?.data['reply_id']).toBe(isKept)
    await listedWith(again, id, 32)
  })
})

const visitorOf =
  (server: Server, value: string) =>
  async <T>(method: string, path: string, body?: unknown) =>
    (await server.request(method, path, bearer(value), body)).json() as Promise<T>

/** The record follows the log, also after a crash. */
async function listedWith(
  ask: <T>(method: string, path: string) => Promise<T>,
  id: string,
  count: number,
): Promise<void> {
  const end = Date.now() + 20_000
  for (;;) {
    const { data } = await ask<List<Conversation>>('GET', '/api/conversations')
    if (data.find((conversation) => conversation.id === id)?.message_count === count) return
    if (Date.now() > end) throw new Error('the record did not catch up')
    await new Promise((resolve) => setTimeout(resolve, 100))
  }
}

test('a reply comes from any endpoint that speaks the chat-completions API', async () => {
  await using endpoint = await fakeEndpoint()
  await using server = new Server()
  await server.start(
    'MODEL_PROVIDER:openai',
    `MODEL_BASE_URL:${endpoint.url}`,
    'MODEL_API_KEY:key',
    'MODEL_NAME:m',
  )
  const ann = await visitor(server)
  const id = crypto.randomUUID()
  await ann.ask('POST', '/api/conversations', { id })
  const answer = await ann.ask<ContinueAnswer>('POST', `${at(id)}/continue`, {
    messages: [user('q', 'hello')],
  })
  expect(answer.message).toMatchObject({ content: 'You said: hello', model: 'm-1' })
  const failed = await server.request('POST', `${at(id)}/continue`, bearer(ann.token), {
    messages: [user('f', 'fail, secretly')],
  })
  expect(failed.status).toBe(502)
  const problem = await failed.text()
  expect(JSON.parse(problem)).toMatchObject({ type: '/problems/model-failed', stored: ['f'] })
  expect(problem).not.toContain('secretly')
})
