import { afterAll, beforeAll, expect, test } from 'vitest'

import type { Conversation } from '../../src/contract/conversation.ts'
import type { List } from '../../src/contract/list.ts'
import type { Message } from '../../src/contract/message.ts'
import type { ServerEvent } from '../support/events.ts'
import { type Answer, Client, eventually, says } from './client.ts'
import { Project } from './project.ts'
import { Server } from './server.ts'

type Appended = { messages: Message[]; conversation: Conversation }
type WithMessages = Conversation & {
  messages: Message[]
  has_more: boolean
  next_cursor: string | null
}

let project: Project
let server: Server

const start = () => Server.start(project, project.path('state'))
const nobody = () => new Client(server.url)
const user = async (id: string = crypto.randomUUID()) => nobody().bearing(await project.token(id))

async function visitor(): Promise<Client> {
  const { status, body } = await nobody().post<{ token: string }>('/api/sessions')
  expect(status).toBe(201)
  return nobody().bearing(body.token)
}

beforeAll(async () => {
  project = new Project()
  server = await start()
})

afterAll(async () => {
  await server?.kill()
  project.remove()
})

test('a visitor without any key talks with the model, and reads back what was said', async () => {
  const ann = await visitor()
  const path = await ann.conversation({ language: 'en' })
  const first = { messages: [says('one two')] }
  const appended = await ann.post<Appended>(`${path}/messages`, first)
  const again = await ann.post<Appended>(`${path}/messages`, first)
  expect([appended.status, again.status]).toEqual([201, 200])
  expect(again.body.messages).toEqual(appended.body.messages)

  const events: ServerEvent[] = []
  for await (const event of ann.stream(path, says('three four five'))) events.push(event)

  const deltas = events.filter(({ event }) => event === 'delta')
  expect(events.map(({ event }) => event)).toEqual([
    'accepted',
    ...deltas.map(() => 'delta'),
    'completed',
  ])
  expect(deltas.length).toBeGreaterThan(3)
  const reply = deltas.map(({ data }) => data['content']).join('')
  expect(reply).toContain('[Offline model] I received 5 words: “one two three four five”')

  const { body } = await ann.get<WithMessages>(path)
  expect(body.messages.map(({ seq, role, content }) => [seq, role, content])).toEqual([
    [1, 'user', 'one two'],
    [2, 'user', 'three four five'],
    [3, 'assistant', reply],
  ])
  expect(events.at(-1)?.data['message']).toEqual(body.messages[2])
})

test('history and list are paged through to their ends, with nothing twice or left out', async () => {
  const ann = await visitor()
  const paths: string[] = []
  for (const title of ['a', 'b', 'c']) paths.push(await ann.conversation({ title }))
  const messages = Array.from({ length: 7 }, (_, index) => says(`message ${index + 1}`))
  await ann.post(`${paths[0]}/messages`, { messages })

  const history = await everyPage<Message>(ann, `${paths[0]}/messages?limit=3`)
  expect(history.map(({ content }) => content)).toEqual(messages.map(({ content }) => content))

  // The one that was talked in last comes first, as soon as the record has it.
  const titles = await eventually(
    async () => (await everyPage<Conversation>(ann, '/api/conversations?limit=2')).map(titleOf),
    ([first]) => first === 'a',
  )
  expect(titles).toEqual(['a', 'c', 'b'])
})

test('a conversation is renamed, archived and restored, and each shows in the list at once', async () => {
  const ann = await visitor()
  const path = await ann.conversation({ title: 'before' })
  const listed = async (status: string) =>
    (await ann.get<List<Conversation>>(`/api/conversations?status=${status}`)).body.data.map(
      titleOf,
    )

  expect((await ann.patch<Conversation>(path, { title: 'after' })).body.title).toBe('after')
  expect(await listed('active')).toEqual(['after'])
  const archived = await ann.delete<Conversation>(path)
  expect([archived.status, archived.body.is_active]).toEqual([200, false])
  expect([await listed('active'), await listed('archived')]).toEqual([[], ['after']])
  expect((await ann.patch<Conversation>(path, { is_active: true })).status).toBe(200)
  expect([await listed('active'), await listed('archived')]).toEqual([['after'], []])
})

test('a user and the service that acts for them see the same; another user sees nothing', async () => {
  const id = crypto.randomUUID()
  const ann = await user(id)
  const service = nobody().bearing(await project.token('--service'))
  const forAnn = service.with({ 'hilo-acting-for': `user:${id}` })
  const path = await ann.conversation()
  await ann.post(`${path}/messages`, { messages: [says('hello')] })

  const reply = { role: 'assistant', content: 'hi', model: 'mine', finish_reason: 'stop' }
  expect((await forAnn.post(`${path}/messages`, { messages: [reply] })).status).toBe(201)

  const { body } = await ann.get<WithMessages>(path)
  expect(body.user_id).toBe(id)
  expect(body.messages.map(({ origin, content }) => [origin, content])).toEqual([
    ['client', 'hello'],
    ['service', 'hi'],
  ])
  expect((await forAnn.get(path)).body).toEqual(body)
  expect((await (await user()).get(path)).status).toBe(404)
  expect((await nobody().get(path)).status).toBe(401)
})

test('a page on the same site needs nothing but its cookie, and another site can do nothing with it', async () => {
  const begun = await nobody().post<{ session_id: string }>('/api/sessions')
  const [cookie = ''] = begun.headers.getSetCookie().map((set) => set.split(';')[0] ?? '')
  expect(cookie).toMatch(/^__Host-hilo_session=/)
  const page = nobody().with({ cookie, origin: server.url })

  const path = await page.conversation({ title: 'by cookie' })
  expect((await page.get<Conversation>(path)).body.session_id).toBe(begun.body.session_id)
  const again = await page.post<{ session_id: string }>('/api/sessions')
  expect([again.status, again.body.session_id]).toEqual([200, begun.body.session_id])

  const elsewhere = page.with({ origin: 'https://elsewhere.example' })
  expect((await elsewhere.post('/api/conversations', {})).status).toBe(403)
  const ended = await page.delete('/api/sessions')
  expect([ended.status, ended.headers.get('set-cookie')]).toEqual([
    204,
    expect.stringContaining('__Host-hilo_session=; Max-Age=0'),
  ])
})

test("at login a visitor's conversations become the user's, and are the visitor's no more", async () => {
  const begun = await nobody().post<{ token: string }>('/api/sessions')
  const bob = nobody().bearing(begun.body.token)
  const ann = await user()
  const path = await bob.conversation()

  const linked = await ann.post('/api/sessions/link', { session_token: begun.body.token })
  expect([linked.status, linked.body]).toEqual([200, expect.objectContaining({ linked: 1 })])
  expect([(await ann.get(path)).status, (await bob.get(path)).status]).toEqual([200, 404])
})

test('killed hard right after it acknowledged, it comes back with everything', async () => {
  const ann = await user()
  const bob = await visitor()
  const service = nobody().bearing(await project.token('--service'))
  const old = await ann.conversation({ title: 'old' })
  const middle = await ann.conversation({ title: 'middle', metadata: { colour: 'red' } })
  const bobs = await bob.conversation({ title: "bob's" })
  await ann.delete(middle)
  await ann.post(`${old}/continue`, { messages: [says('hello')] })
  const before = await Promise.all([ann.get(middle), bob.get(bobs)])
  const many = Array.from({ length: 30 }, (_, index) => says(`message ${index}`))
  const acknowledged = await Promise.all(
    many.map((message) => ann.post<Appended>(`${old}/messages`, { messages: [message] })),
  )

  await server.kill()
  server = await start()

  // With the tokens of before: the secrets outlive the server.
  const [annNow, bobNow, serviceNow] = [ann, bob, service].map(({ headers }) =>
    nobody().with(headers),
  ) as [Client, Client, Client]
  const { body: kept } = await annNow.get<WithMessages>(old)
  const bySeq = acknowledged
    .flatMap(({ body }) => body.messages)
    .toSorted((one, other) => one.seq - other.seq)
  expect(kept.messages.map(({ seq }) => seq)).toEqual(
    Array.from({ length: 32 }, (_, index) => index + 1),
  )
  expect(kept.messages.slice(2)).toEqual(bySeq)
  const after = await Promise.all([annNow.get(middle), bobNow.get(bobs)])
  expect(after.map(({ body }) => body)).toEqual(before.map(({ body }) => body))

  // The flush that was pending is made up for, so that the list shows what the log has.
  const listed = await eventually(
    async () => (await annNow.get<List<Conversation>>('/api/conversations?status=all')).body.data,
    ([first]) => first?.message_count === 32,
  )
  expect(listed.map(titleOf)).toEqual(['old', 'middle'])
  const { messages: _, has_more: __, next_cursor: ___, ...conversation } = kept
  expect(listed[0]).toEqual(conversation)

  const next = await serviceNow
    .with({ 'hilo-acting-for': `user:${kept.user_id}` })
    .post<Appended>(`${old}/messages`, { messages: [says('and on it goes')] })
  expect(next.body.messages.map(({ seq }) => seq)).toEqual([33])
})

test('ending npm ends the server and all that it started', async () => {
  await server.stop()
  await expect(nobody().get('/healthz')).rejects.toThrow('fetch failed')
})

const titleOf = ({ title }: Conversation) => title

async function everyPage<T>(client: Client, path: string): Promise<T[]> {
  const all: T[] = []
  for (let cursor: string | null = ''; cursor !== null;) {
    const page: Answer<List<T>> = await client.get(
      cursor === '' ? path : `${path}&cursor=${cursor}`,
    )
    expect(page.status).toBe(200)
    all.push(...page.body.data)
    cursor = page.body.next_cursor
  }
  return all
}
