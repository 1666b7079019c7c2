import { runInDurableObject } from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import { expect, test } from 'vitest'

import { conversations } from '../../src/storage/tables.ts'
import { type Client, append, as } from '../support/api.ts'
import { db, givenConversation } from '../support/given.ts'
import { faultyD1, inRecord } from '../support/record.ts'
import { found, indexOf, searchFor, soon, underIndex } from '../support/searching.ts'

/** What a search reads: rows of its owner's index, and queries of D1. */
async function cost(client: Client, name: string, q: string) {
  const { db: counted, counts } = faultyD1(env.DB)
  await underIndex(name, { DB: counted })
  let rows = 0
  await runInDurableObject(indexOf(name), (_, { storage }) => {
    const { sql } = storage
    const exec = sql.exec.bind(sql)
    const counting = (...args: Parameters<typeof exec>) => {
      const cursor = exec(...args)
      const all = cursor.toArray()
      rows += cursor.rowsRead
      return Object.assign(Object.create(cursor) as object, {
        toArray: () => all,
        one: () => all[0],
        raw: () => all.map((row) => Object.values(row))[Symbol.iterator](),
      })
    }
    Object.assign(sql, { exec: counting })
  })
  const hits = await found(client, q)
  await runInDurableObject(indexOf(name), (_, { storage }) => {
    Reflect.deleteProperty(storage.sql, 'exec')
  })
  return { rows, queries: counts.queries, hits: hits.length }
}

const message = (content: string) => ({ role: 'user', content })

test('a search reads no more rows for what others have, and asks D1 nothing', async () => {
  const owner = crypto.randomUUID()
  const ann = await as.user(owner)
  await givenConversation(ann, {
    messages: Array.from({ length: 50 }, (_, n) => message(`ann says otter ${n}`)),
  })
  await soon(ann, 'otter', 20)
  const before = await cost(ann, `user:${owner}`, 'otter')
  expect(before).toMatchObject({ queries: 0, hits: 20 })
  for (let others = 0; others < 10; others += 1) {
    const bob = await as.user()
    const messages = Array.from({ length: 100 }, (_, n) => message(`bob says otter ${n}`))
    await givenConversation(bob, { messages })
    await soon(bob, 'otter', 20)
  }
  expect(await cost(ann, `user:${owner}`, 'otter')).toEqual(before)
})

test('the first search reads of D1 what is the owner’s own', async () => {
  const read = async (others: number) => {
    const owner = crypto.randomUUID()
    const ann = await as.user(owner)
    const ids = await Promise.all(
      [1, 2, 3].map((n) => givenConversation(ann, { title: `Otter ${n}` })),
    )
    const rows = Array.from({ length: others }, () => rowOfSomebody())
    for (const row of rows) await db.insert(conversations).values(row)
    let rowsRead = 0
    const prepare = (query: string) => {
      const statement = env.DB.prepare(query)
      const bind = (...values: unknown[]) => {
        const bound = statement.bind(...values)
        const raw = async () => {
          const { results, meta } = await bound.all()
          rowsRead += meta.rows_read
          return results.map((row) => Object.values(row))
        }
        return Object.assign(bound, { raw })
      }
      return Object.assign(Object.create(statement) as object, { bind })
    }
    const counted = { prepare } as unknown as D1Database
    await underIndex(`user:${owner}`, { DB: counted })
    expect(await found(ann, 'otter')).toHaveLength(ids.length)
    return rowsRead
  }
  const alone = await read(0)
  expect(alone).toBeGreaterThan(0)
  // An index is read to the first row that is not meant.
  expect(await read(500)).toBeLessThanOrEqual(alone + 1)
})

const rowOfSomebody = (): typeof conversations.$inferInsert => ({
  id: crypto.randomUUID(),
  userId: crypto.randomUUID(),
  language: 'en',
  isActive: true,
  isResolved: false,
  hold: false,
  createdAt: 1,
  updatedAt: 1,
  quietSince: Date.now(),
  lastSeq: 0,
  summarySeq: 0,
  tokensUsed: 0,
  metadata: {},
  version: 1,
})

/** The rows that a message costs beside its own: in its log, and in the index once that asks. */
test('a message costs the index one row, and its log none', async () => {
  const owner = crypto.randomUUID()
  const ann = await as.user(owner)
  const id = await givenConversation(ann, { title: 'Otters' })
  await searchFor(ann, 'otters')
  await append(
    ann,
    id,
    Array.from({ length: 100 }, (_, n) => message(`otter ${n}`)),
  )
  await inRecord(id, 100)
  let written = 0
  await runInDurableObject(indexOf(`user:${owner}`), (_, { storage }) => {
    const { sql } = storage
    const exec = sql.exec.bind(sql)
    const counting = (...args: Parameters<typeof exec>) => {
      const cursor = exec(...args)
      const [query] = args
      if (/^\s*(INSERT|UPDATE|DELETE)/i.test(query)) written += cursor.rowsWritten
      return cursor
    }
    Object.assign(sql, { exec: counting })
  })
  await soon(ann, 'otter', 20)
  // Once for the conversation, and once for the times of up to 256 messages.
  expect(written).toBe(100 + 2)
})
