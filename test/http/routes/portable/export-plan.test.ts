import { env } from 'cloudflare:workers'
import { expect, test } from 'vitest'

import { as, at } from '../../../support/api.ts'
import { countedPages, exportedTo, gone, linesOf } from '../../../support/exports.ts'
import { givenConversation, userMessages } from '../../../support/given.ts'
import { problemOf } from '../../../support/problems.ts'
import { inStorage, rowOf } from '../../../support/record.ts'
import { listen } from '../../../support/said.ts'

test('answers for one conversation with D1 down; for all it says when to try again', async () => {
  const ann = await as.user()
  const id = await givenConversation(ann, { messages: userMessages(2) })
  const said = listen()
  const DB = new Proxy(env.DB, {
    get: () => () => {
      throw new Error('D1_ERROR: D1 DB is overloaded.')
    },
  })
  const one = await linesOf(await exportedTo(ann, { DB }, `${at(id)}/export`))
  expect(one.messages).toHaveLength(2)
  const all = await exportedTo(ann, { DB }, '/api/export')
  expect(all.headers.get('retry-after')).toBe('5')
  expect(await problemOf(all)).toMatchObject({ type: '/problems/try-again', status: 503 })
  expect(said.all('list-failed')).toMatchObject([{ error: 'overloaded' }])
})

/** A record that says of a conversation that it is so long. */
const saidToHave = (id: string, messages: number) =>
  env.DB.prepare('UPDATE conversations SET last_seq = ? WHERE id = ?').bind(messages, id).run()

const nextOf = (response: Response) =>
  /^<(.+)>; rel="next"$/.exec(response.headers.get('link') ?? '')?.[1] ?? null

test('ends when it would ask too much of one call, and the next call goes on from there', async () => {
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
    const { next_cursor: cursor } = end
    const next = cursor && `/api/export?format=ndjson&status=active&cursor=${cursor}`
    expect(path).toBe(next)
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
    const response: Response = await exportedTo(ann, pages, path)
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
  await inStorage(id, 'INSERT INTO extra (n, piece) VALUES (0, ?)', JSON.stringify(extra))
  const { conversations } = await linesOf(await ann.get(`${at(id)}/export`))
  expect(conversations).toMatchObject([{ id, extra }])
})
