import { runInDurableObject } from 'cloudflare:test'
import { expect, test } from 'vitest'

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
