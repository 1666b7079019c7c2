import { runInDurableObject } from 'cloudflare:test'
import { expect, test } from 'vitest'

import { append, as, at } from '../../support/api.ts'
import { givenConversation, objectOf, userMessages } from '../../support/given.ts'
import { inStorage } from '../../support/record.ts'

/** How many rows the object reads and writes, and by how many statements, while something is asked of it. */
async function counted(id: string, ask: () => Promise<Response>) {
  const counts = { statements: 0, read: 0, written: 0 }
  const cursors: SqlStorageCursor<Record<string, SqlStorageValue>>[] = []
  const restore = await runInDurableObject(objectOf(id), (_, { storage }) => {
    const { sql } = storage
    const exec = sql.exec.bind(sql)
    sql.exec = ((...query: Parameters<typeof exec>) => {
      const cursor = exec(...query)
      counts.statements += 1
      cursors.push(cursor)
      return cursor
    }) as typeof sql.exec
    return () => {
      sql.exec = exec
    }
  })
  const answer = await ask()
  expect(answer.ok).toBe(true)
  await answer.text()
  await runInDurableObject(objectOf(id), () => {
    for (const { rowsRead, rowsWritten } of cursors) {
      counts.read += rowsRead
      counts.written += rowsWritten
    }
    restore()
  })
  return counts
}

/** A history of so many messages; every `step`-th branches off, from the one that the message before it follows. */
async function givenHistory(count: number, step: number | null) {
  const ann = await as.user()
  const id = await givenConversation(ann, { title: 'T', topic: 'T' })
  await append(ann, id, userMessages(1))
  await inStorage(
    id,
    `INSERT INTO messages (seq, id, role, origin, content, status, created_at, parent_seq)
     WITH RECURSIVE numbers (n) AS (SELECT 2 UNION ALL SELECT n + 1 FROM numbers WHERE n < ?1)
     SELECT n, 'm' || n, iif(n % 2, 'assistant', 'user'), 'service', 'message ' || n, 'complete', n,
       iif(?2 > 0 AND n % ?2 = 0, n - 2, NULL) FROM numbers`,
    count,
    step ?? 0,
  )
  await inStorage(
    id,
    `UPDATE conversation SET last_seq = ?1, flushed_seq = ?1, head_id = 'm' || ?1, summary_seq = ?1`,
    count,
  )
  return { ann, id }
}

const shapes = [
  ['10 messages', 40, null],
  ['10,000 messages', 10_000, null],
  ['10,000 messages, 500 of them asked for again', 10_000, 20],
  ['2,000 messages, 1,000 of them asked for again', 2_000, 2],
] as const

test('a page and a context take the same few reads, however long and branched a history is', async () => {
  const found = new Map<string, Record<string, number[]>>()
  for (const [name, count, step] of shapes) {
    const { ann, id } = await givenHistory(count, step)
    const asks = {
      newest: () => ann.get(`${at(id)}/messages?order=desc&limit=20`),
      oldest: () => ann.get(`${at(id)}/messages?limit=20`),
      conversation: () => ann.get(`${at(id)}?limit=20`),
      context: () => ann.get(`${at(id)}/context?max_messages=10`),
    }
    const costs: Record<string, number[]> = {}
    // Once before, because an object that has just woken reads where its conversation branches.
    for (const [what, ask] of Object.entries(asks)) {
      await ask()
      const { read, written } = await counted(id, ask)
      expect(written).toBe(0)
      costs[what] = [read]
    }
    found.set(name, costs)
  }
  const [short, ...others] = [...found.values()]
  for (const [what, [least = 0]] of Object.entries(short ?? {})) {
    for (const costs of others) {
      const [read = 0] = costs[what] ?? []
      // A branch point on the page itself costs a seek, and the ids of those beside its message.
      expect({ what, read, isFew: read <= least * 3 + 10 }).toMatchObject({ isFew: true })
    }
  }
  // Those of a linear history are the very same.
  const [ten, tenThousand] = [...found.values()]
  expect(tenThousand).toEqual(ten)
})

test('an append writes no more rows than before there were branches, and few more if it branches off', async () => {
  const { ann, id } = await givenHistory(1_000, null)
  // The first one makes what an object of that length would have.
  await append(ann, id, [{ role: 'user', content: 'And' }])
  const linear = await counted(id, () => append(ann, id, [{ role: 'user', content: 'On' }]))
  const branched = await counted(id, () =>
    append(ann, id, [{ role: 'user', content: 'Aside' }], { parent_id: 'm500' }),
  )
  // The message, its id, the conversation's row; and the duty to flush it, unless that is there.
  expect(linear.written).toBeLessThanOrEqual(5)
  expect(branched.written).toBeLessThanOrEqual(9)
})
