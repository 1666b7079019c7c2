import { env } from 'cloudflare:workers'
import { expect, test } from 'vitest'

import { idsOf } from '../../src/storage/conversations.ts'
import { openDatabase } from '../../src/storage/database.ts'
import { type Filter, activeConversations, conversationsOf } from '../../src/storage/lists.ts'
import { unclaimed } from '../../src/storage/session-links.ts'
import type { Position } from '../../src/storage/tables.ts'

const FEW = 2_500
const MANY = 10_000
const DAY = 24 * 60 * 60_000
const filter: Filter = { status: 'active', topic: 'rare' }

/** Rows of the record alone, the first ones the oldest; every thousandth has the topic that few have. */
async function givenRecord(session: string, count: number): Promise<string[]> {
  const { results } = await env.DB.prepare(
    `WITH RECURSIVE some (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM some WHERE n < ?1)
     INSERT INTO conversations (id, session_id, language, topic, is_active, is_resolved, hold, created_at,
       updated_at, quiet_since, last_seq, summary_seq, tokens_used, metadata, version)
     SELECT format('%s-%012d', substr(?2, 1, 23), (n * 7919) % 1000003), ?2, 'es', iif(n % 1000 = 500, 'rare', 'usual'),
       n % 4 > 0, 0, 0, n, n, ?3 + n / 3, 0, 0, 0, '{}', 1 FROM some RETURNING id`,
  )
    .bind(count, session, Date.now() - 10 * DAY)
    .all<{ id: string }>()
  return results.map(({ id }) => id)
}

/** A record that counts the rows that are read. */
function counted() {
  const read = { rows: 0 }
  const note = <T>(result: D1Result<T>): D1Result<T> => {
    read.rows += result.meta.rows_read
    return result
  }
  const noting = (statement: D1PreparedStatement): D1PreparedStatement =>
    new Proxy(statement, {
      get(target, key) {
        if (key === 'bind') return (...values: unknown[]) => noting(target.bind(...values))
        if (key === 'all') return async () => note(await target.all())
        if (key === 'raw') {
          return async () =>
            note(await target.all()).results.map((row) => Object.values(row as object))
        }
        const value: unknown = Reflect.get(target, key)
        return typeof value === 'function' ? value.bind(target) : value
      },
    })
  const db = new Proxy(env.DB, {
    get(target, key) {
      if (key === 'prepare') return (sql: string) => noting(target.prepare(sql))
      if (key !== 'batch') return Reflect.get(target, key) as unknown
      return async (some: D1PreparedStatement[]) => (await target.batch(some)).map(note)
    },
  })
  return { db: openDatabase(db), read }
}

type Page = (before: Position | undefined) => ReturnType<typeof conversationsOf>

/** All pages of a list, and how many rows the dearest of them read. */
async function walked(read: { rows: number }, page: Page) {
  const ids: string[] = []
  let dearest = 0
  for (let before: Position | null | undefined = undefined; before !== null;) {
    read.rows = 0
    const { rows, next } = await page(before)
    dearest = Math.max(dearest, read.rows)
    ids.push(...rows.map(({ id }) => id))
    before = next
  }
  return { ids, dearest }
}

const rareOf = async (session: string, where: string, order: string) => {
  const { results } = await env.DB.prepare(
    `SELECT id FROM conversations WHERE session_id = ? AND topic = 'rare' AND ${where} ORDER BY ${order}`,
  )
    .bind(session)
    .all<{ id: string }>()
  return results.map(({ id }) => id)
}

const few = crypto.randomUUID()
const many = crypto.randomUUID()
await givenRecord(few, FEW)
await givenRecord(many, MANY)
const of = (session: string) => ({ kind: 'session', id: session }) as const

test.for([
  ['active', 'is_active = 1'],
  ['archived', 'is_active = 0'],
  ['all', '1'],
] as const)(
  'a filter that few match finds them all, in order, among %s',
  async ([status, where]) => {
    const { db, read } = counted()
    for (const session of [few, many]) {
      const wanted = await rareOf(session, where, 'updated_at DESC, id DESC')
      for (const limit of [1, 2, 20]) {
        const { ids, dearest } = await walked(read, (before) =>
          conversationsOf(db, of(session), { ...filter, status }, before, limit),
        )
        expect(ids).toEqual(wanted)
        // The same, however many there are: a thousand looked at, each looked up, and where that ended.
        expect(dearest).toBeLessThanOrEqual(status === 'all' ? 10_000 : 5_000)
      }
    }
    expect((await rareOf(many, '1', 'id')).length).toBe(10)
  },
)

test('and so it is for staff, by the day of the last use', async () => {
  const { db, read } = counted()
  const wanted = (
    await rareOf(many, 'is_active = 1', 'quiet_since / 86400000 DESC, id DESC')
  ).concat(await rareOf(few, 'is_active = 1', 'quiet_since / 86400000 DESC, id DESC'))
  const { ids, dearest } = await walked(read, (before) =>
    activeConversations(db, filter, before, 3),
  )
  expect(ids.toSorted()).toEqual(wanted.toSorted())
  expect(dearest).toBeLessThanOrEqual(5_000)
})

test('a page without a filter reads its own rows and no others', async () => {
  const { db, read } = counted()
  const all: Filter = { status: 'active' }
  const { ids, dearest } = await walked(read, (before) =>
    conversationsOf(db, of(few), all, before, 100),
  )
  expect(ids).toHaveLength(FEW * 0.75)
  expect(dearest).toBeLessThanOrEqual(102)
  const staff = await walked(read, (before) => activeConversations(db, all, before, 100))
  expect(new Set(staff.ids).size).toBe(staff.ids.length)
  expect(staff.ids).toHaveLength((FEW + MANY) * 0.75)
  expect(staff.dearest).toBeLessThanOrEqual(404)
})

test('what an owner has is walked by id at the cost of what is read, for exports, erasing and links', async () => {
  const { db, read } = counted()
  for (const session of [few, many]) {
    const count = session === few ? FEW : MANY
    const walk = async (next: (after: string) => Promise<string[]>) => {
      const ids: string[] = []
      read.rows = 0
      for (let after: string | undefined = ''; after !== undefined;) {
        const some: string[] = await next(after)
        ids.push(...some)
        after = some.at(-1)
      }
      expect(ids).toHaveLength(count)
      expect(ids).toEqual(ids.toSorted())
      return read.rows / count
    }
    const exported = await walk(async (after) =>
      (await idsOf(db, of(session), 'all', after, 801)).map(({ id }) => id),
    )
    expect(exported).toBeLessThanOrEqual(4)
    const link = { sessionId: session, narrowedTo: null } as never
    expect(await walk((after) => unclaimed(db, link, after, 20))).toBeLessThanOrEqual(1.1)
  }
})

test('every conversation stands under its owner, and whatever stands there already is no reason to fail', async () => {
  const [id, session, user] = [crypto.randomUUID(), crypto.randomUUID(), crypto.randomUUID()]
  const stands = async () => {
    const found = env.DB.prepare('SELECT owner FROM owned WHERE id = ?').bind(id)
    return (await found.all<{ owner: string }>()).results.map(({ owner }) => owner)
  }
  const run = (sql: string, ...values: string[]) =>
    env.DB.prepare(sql)
      .bind(...values)
      .run()
  const add = 'INSERT INTO owned (owner, id) VALUES (?, ?)'
  await run(add, `session:${session}`, id)
  await run('INSERT INTO quiet_days (day, id) VALUES (0, ?)', id)
  await run(
    `INSERT INTO conversations (id, session_id, language, is_active, is_resolved, hold, created_at, updated_at,
       quiet_since, last_seq, summary_seq, tokens_used, metadata, version)
     VALUES (?, ?, 'es', 1, 0, 0, 1, 1, 1, 0, 0, 0, '{}', 1)`,
    id,
    session,
  )
  expect(await stands()).toEqual([`session:${session}`])
  await run('UPDATE conversations SET user_id = NULL, updated_at = 2 WHERE id = ?', id)
  expect(await stands()).toEqual([`session:${session}`])
  await run(add, `user:${user}`, id)
  await run('UPDATE conversations SET user_id = ? WHERE id = ?', user, id)
  expect(await stands()).toEqual([`user:${user}`])
  await run('DELETE FROM conversations WHERE id = ?', id)
  expect(await stands()).toEqual([])
})
