import { runInDurableObject } from 'cloudflare:test'
import { expect, test } from 'vitest'

import { Row } from '../../../src/conversation/log/row.ts'
import { Transactions } from '../../../src/conversation/log/transactions.ts'
import { append, as, read } from '../../support/api.ts'
import { givenConversation, objectOf, userMessages } from '../../support/given.ts'
import { evict, inRecord } from '../../support/record.ts'

/** Counts from now on how often an object reads the conversation's row. */
async function countReads(id: string): Promise<() => number> {
  let count = 0
  await runInDurableObject(objectOf(id), (_, { storage: { sql } }) => {
    const exec = sql.exec.bind(sql)
    const counted = (...query: Parameters<typeof exec>) => {
      const isOurs = new Error('here').stack?.includes('/log/row.ts') ?? false
      if (isOurs && query[0].startsWith('SELECT')) count += 1
      return exec(...query)
    }
    Object.assign(sql, { exec: counted })
  })
  return () => count
}

test('an object reads its row once while it lives, however much is appended', async () => {
  const ann = await as.user()
  const id = await givenConversation(ann, { messages: userMessages(1) })
  await inRecord(id, 1)
  await evict(id)
  // To wake it takes the row.
  await read(ann, id)
  const reads = await countReads(id)
  for (const n of [2, 3]) expect((await append(ann, id, userMessages(1, n))).status).toBe(201)
  await inRecord(id, 3)
  expect(reads()).toBe(0)
})

test('a row that was written and rolled back is read again', async () => {
  const id = await givenConversation(await as.user(), { title: 'Before' })
  await runInDurableObject(objectOf(id), (_, { storage }) => {
    const transactions = new Transactions(storage, id)
    const row = new Row(storage.sql, transactions)
    const titled = (title: string, thenFails: boolean) =>
      transactions.run(() => {
        row.change(() => ({ title }))
        transactions.beforeCommit(() => {
          if (thenFails) throw new Error('disk I/O error')
        })
      })
    expect(() => titled('Lost', true)).toThrow('disk I/O error')
    expect(row.read()?.title).toBe('Before')
    titled('After', false)
    expect(row.read()?.title).toBe('After')
  })
})
