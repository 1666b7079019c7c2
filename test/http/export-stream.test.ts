import { env } from 'cloudflare:workers'
import { expect, test } from 'vitest'

import { as, sendWith } from '../support/api.ts'
import { countedPages, linesOf } from '../support/exports.ts'
import { givenConversation, userMessages } from '../support/given.ts'
import { givenLongHistory } from '../support/histories.ts'
import { problemOf } from '../support/problems.ts'
import { eventually, inStorage, rowOf } from '../support/record.ts'
import { listen } from '../support/said.ts'

const at = (id: string) => `/api/conversations/${id}`
type Client = Awaited<ReturnType<typeof as.user>>

const exported = (client: Client, changed: Partial<Env>, path: string) =>
  sendWith(changed, path, { headers: client.headers })

const eventsOf = (said: ReturnType<typeof listen>, event: string) =>
  said
    .text()
    .split('\n')
    .filter((line) => line.includes(`"event":"${event}"`))
    .map((line) => JSON.parse(line) as Record<string, unknown>)

test('asks for a page when its reader has read the one before, and for none ahead', async () => {
  const ann = await as.user()
  const id = await givenConversation(ann)
  await givenLongHistory(id, 100_000, 'x'.repeat(100))
  const pages = countedPages()
  const said = listen()
  const response = await exported(ann, pages, `${at(id)}/export`)
  const reader = response.body!.getReader()
  expect(pages.asked).toHaveLength(1)
  const decoder = new TextDecoder()
  let [last, messages, largest, text] = [0, 0, 0, '']
  for (;;) {
    const { done, value } = await reader.read()
    if (done) break
    largest = Math.max(largest, value.byteLength)
    text += decoder.decode(value, { stream: true })
    const lines = text.split('\n')
    text = lines.pop() ?? ''
    for (const line of lines) {
      const { object, seq } = JSON.parse(line) as { object: string; seq: number }
      if (object !== 'message') continue
      expect(seq).toBe(last + 1)
      last = seq
      messages += 1
    }
    // The page that is being read, and no other.
    expect(pages.asked.length).toBeLessThanOrEqual(Math.floor(messages / 1_000) + 1)
  }
  expect(messages).toBe(100_000)
  expect(pages.asked).toHaveLength(100)
  expect(largest).toBeLessThan(100_000)
  expect(eventsOf(said, 'exported')).toMatchObject([
    { format: 'ndjson', conversations: 1, messages: 100_000 },
  ])
})

test('stops with its reader', async () => {
  const ann = await as.user()
  const id = await givenConversation(ann)
  await givenLongHistory(id, 10_000, 'x'.repeat(100))
  const pages = countedPages()
  const said = listen()
  const response = await exported(ann, pages, `${at(id)}/export?format=markdown`)
  const reader = response.body!.getReader()
  while (pages.asked.length < 3) await reader.read()
  await reader.cancel()
  expect(await reader.read()).toMatchObject({ done: true })
  expect(pages.asked).toHaveLength(3)
  expect(eventsOf(said, 'export-left')).toMatchObject([{ format: 'markdown', conversations: 1 }])
  expect(eventsOf(said, 'exported')).toEqual([])
})

test('stops with its request', async () => {
  const ann = await as.user()
  const id = await givenConversation(ann)
  await givenLongHistory(id, 5_000, 'x'.repeat(100))
  const pages = countedPages()
  const said = listen()
  const client = new AbortController()
  const init = { headers: ann.headers, signal: client.signal }
  const response = await sendWith(pages, `${at(id)}/export`, init)
  const reader = response.body!.getReader()
  await reader.read()
  client.abort()
  await eventually(() => eventsOf(said, 'export-left').length === 1)
  expect(await reader.read()).toMatchObject({ done: true })
  expect(pages.asked).toHaveLength(1)
})

test('ends with the message that was the last when it began', async () => {
  const ann = await as.user()
  const id = await givenConversation(ann)
  await givenLongHistory(id, 2_500, 'x')
  const response = await exported(ann, countedPages(), `${at(id)}/export`)
  const more = userMessages(3, 90_001)
  expect((await ann.post(`${at(id)}/messages`, { messages: more })).status).toBe(201)
  const { conversations, messages, end } = await linesOf(response)
  expect(messages.map(({ seq }) => seq)).toEqual(Array.from({ length: 2_500 }, (_, n) => n + 1))
  expect(conversations).toMatchObject([{ message_count: 2_500 }])
  expect(end.messages).toBe(2_500)
})

test('asks for as many pages as long messages take, and has them all once', async () => {
  const ann = await as.user()
  const id = await givenConversation(ann)
  // A page carries four megabytes of text.
  await givenLongHistory(id, 100, 'ñ'.repeat(200_000))
  const pages = countedPages()
  const { messages } = await linesOf(await exported(ann, pages, `${at(id)}/export`))
  expect(messages.map(({ seq }) => seq)).toEqual(Array.from({ length: 100 }, (_, n) => n + 1))
  expect(pages.asked).toHaveLength(5)
})

const gone = () => ({ ok: false, why: 'no-such-conversation' })
const broken = () => {
  throw new Error('Said: a secret')
}
const overloaded = () => {
  throw Object.assign(new Error('too much'), { overloaded: true })
}

test.each([
  ['fails', broken, 'Error'],
  ['is overloaded', overloaded, 'try-again'],
  ['is gone', gone, 'no-such-conversation'],
] as const)(
  'is cut, without a footer, where its object %s in the middle',
  async (_, what, error) => {
    const ann = await as.user()
    const id = await givenConversation(ann)
    await givenLongHistory(id, 2_500, 'x')
    const said = listen()
    const response = await exported(
      ann,
      countedPages((page) => (page === 2 ? what() : undefined)),
      `${at(id)}/export`,
    )
    expect(response.status).toBe(200)
    const decoder = new TextDecoder()
    let text = ''
    const read = async () => {
      for await (const bytes of response.body!) text += decoder.decode(bytes, { stream: true })
    }
    await expect(read()).rejects.toThrow()
    expect([text.includes('"seq":500,'), text.includes('hilo.export.end')]).toEqual([true, false])
    expect(eventsOf(said, 'export-failed')).toMatchObject([{ conversations: 1, error }])
    expect(eventsOf(said, 'export-left')).toEqual([])
    expect(said.text()).not.toContain('secret')
  },
)

test('leaves out what was erased, or became another’s, since it began', async () => {
  const ann = await as.user()
  const ids = [await givenConversation(ann), await givenConversation(ann)].toSorted()
  const pages = countedPages((_, id) => (id === ids[0] ? gone() : undefined))
  const { conversations, end } = await linesOf(await exported(ann, pages, '/api/export'))
  expect(conversations.map(({ id }) => id)).toEqual([ids[1]])
  expect(end).toMatchObject({ conversations: 1 })
  expect(pages.asked.map(({ id }) => id)).toEqual(ids)
})

test('is cut where a conversation of many can not be reached', async () => {
  const ann = await as.user()
  await givenConversation(ann)
  listen()
  const response = await exported(ann, countedPages(overloaded), '/api/export')
  await expect(response.text()).rejects.toThrow()
})

test('answers for one conversation with D1 down; for all it says when to try again', async () => {
  const ann = await as.user()
  const id = await givenConversation(ann, { messages: userMessages(2) })
  const said = listen()
  const DB = new Proxy(env.DB, {
    get: () => () => {
      throw new Error('D1_ERROR: D1 DB is overloaded.')
    },
  })
  const one = await linesOf(await exported(ann, { DB }, `${at(id)}/export`))
  expect(one.messages).toHaveLength(2)
  const all = await exported(ann, { DB }, '/api/export')
  expect(all.headers.get('retry-after')).toBe('5')
  expect(await problemOf(all)).toMatchObject({ type: '/problems/try-again', status: 503 })
  expect(eventsOf(said, 'list-failed')).toMatchObject([{ error: 'overloaded' }])
})

test('asks for nothing where only the headers are wanted', async () => {
  const ann = await as.user()
  await givenConversation(ann)
  const pages = countedPages()
  const init = { method: 'HEAD', headers: ann.headers }
  const response = await sendWith(pages, '/api/export?format=csv', init)
  expect(response.headers.get('content-type')).toBe('text/csv; charset=utf-8')
  expect(await response.text()).toBe('')
  expect(pages.asked).toEqual([])
})

/** A record that says of a conversation that it is so long. */
const saidToHave = (id: string, messages: number) =>
  env.DB.prepare('UPDATE conversations SET last_seq = ? WHERE id = ?').bind(messages, id).run()

const nextOf = (response: Response) =>
  /^<(.+)>; rel="next"$/.exec(response.headers.get('link') ?? '')?.[1] ?? null

test('ends where it would ask too much of one call, and the next call goes on from there', async () => {
  const ann = await as.user()
  const made: string[] = []
  for (let count = 0; count < 5; count += 1) made.push(await givenConversation(ann))
  const ids = made.toSorted()
  // A page has a thousand messages, and a call 800 pages: two fit exactly; one fits nowhere and goes alone.
  const lengths = [799_000, 1_000, 1_000_000, 0, 799_000]
  await Promise.all(ids.map((id, index) => saidToHave(id, lengths[index]!)))
  const calls: string[][] = []
  for (let path: string | null = '/api/export?status=active'; path !== null;) {
    const response: Response = await ann.get(path)
    path = nextOf(response)
    const { conversations, end } = await linesOf(response)
    calls.push(conversations.map(({ id }) => id))
    expect(path?.split('cursor=')[1] ?? null).toBe(end.next_cursor)
    if (path !== null) expect(path).toContain('format=ndjson&status=active&')
  }
  expect(calls).toEqual([ids.slice(0, 2), ids.slice(2, 3), ids.slice(3)])
})

test.each([
  ['json', /"next_cursor":"\w+"\}\}\s*$/],
  ['markdown', /<!-- hilo\.export\.end .* next_cursor=\w+ -->\s*$/],
  ['html', /<!-- hilo\.export\.end .* next_cursor=\w+ -->\s*$/],
] as const)('says at the end of %s too where the next call goes on', async (format, pattern) => {
  const ann = await as.user()
  const ids = [await givenConversation(ann), await givenConversation(ann)].toSorted()
  await saidToHave(ids[0]!, 800_000)
  const response = await ann.get(`/api/export?format=${format}`)
  expect(nextOf(response)).toContain(`/api/export?format=${format}&status=all&cursor=`)
  expect(await response.text()).toMatch(pattern)
})

test('takes more conversations than one call can ask for, each once', async () => {
  const owner = crypto.randomUUID()
  const ann = await as.user(owner)
  const id = await givenConversation(ann)
  const row = await rowOf(id)
  const names = Object.keys(row!)
  const copies = names.map((name) =>
    name === 'id' ? `'ffffffff-0000-4000-8000-' || printf('%012d', n)` : name,
  )
  // In the record alone: their objects know nothing of them, so that they are left out.
  await env.DB.prepare(
    `WITH RECURSIVE numbers (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < 1600)
     INSERT INTO conversations (${names.join()}) SELECT ${copies.join()} FROM numbers, conversations WHERE id = ?`,
  )
    .bind(id)
    .run()
  const pages = countedPages((_, asked) => (asked === id ? undefined : gone()))
  const sizes: number[] = []
  for (let path: string | null = '/api/export'; path !== null;) {
    const before = pages.asked.length
    const response: Response = await exported(ann, pages, path)
    path = nextOf(response)
    await linesOf(response)
    sizes.push(pages.asked.length - before)
  }
  expect(sizes).toEqual([800, 800, 1])
  expect(new Set(pages.asked.map((one) => one.id)).size).toBe(1_601)
})

test('gives out again what an import brought that has no field', async () => {
  const ann = await as.user()
  const id = await givenConversation(ann)
  const extra = { branches: [{ a: [1, 'ñ', null] }] }
  await inStorage(id, 'UPDATE conversation SET extra = ?', JSON.stringify(extra))
  const { conversations } = await linesOf(await ann.get(`${at(id)}/export`))
  expect(conversations).toMatchObject([{ id, extra }])
})
