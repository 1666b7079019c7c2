import { runInDurableObject } from 'cloudflare:test'
import { expect, test } from 'vitest'

import { BACKSTOP_MS, Duties } from '../../../src/conversation/duties/duties.ts'
import { Transactions } from '../../../src/conversation/log/transactions.ts'
import { as } from '../../support/api.ts'
import { givenConversation, objectOf, userMessages } from '../../support/given.ts'
import { inRecord } from '../../support/record.ts'

test('a duty that is found on waking has its alarm at once, without a row, until it is done', async () => {
  const id = await givenConversation(await as.user(), { messages: userMessages(1) })
  await inRecord(id, 1)
  await runInDurableObject(objectOf(id), async (_, { storage }) => {
    await storage.deleteAlarm()
    const nothing = { owed: () => ({ flush: null, reply: null }) }
    const duties = new Duties(storage, new Transactions(storage, id), nothing)
    const now = Date.now()
    expect(duties.found('index', now)).toBe(0)
    expect(await storage.getAlarm()).toBe(now + BACKSTOP_MS)
    expect(duties.found('index', now + 1)).toBe(0)
    expect(duties.dueAt(now + BACKSTOP_MS - 1)).toEqual([])
    expect(duties.dueAt(now + BACKSTOP_MS)).toEqual(['index'])
    duties.done('index')
    expect(duties.dueAt(now + BACKSTOP_MS)).toEqual([])
    expect(storage.sql.exec('SELECT * FROM due').toArray()).toEqual([])
  })
})

test('duties that were taken, done or dropped and rolled back are as they were', async () => {
  const id = await givenConversation(await as.user(), { messages: userMessages(1) })
  await inRecord(id, 1)
  await runInDurableObject(objectOf(id), (_, { storage }) => {
    const nothing = { owed: () => ({ flush: null, reply: null }) }
    const transactions = new Transactions(storage, id)
    const duties = new Duties(storage, transactions, nothing)
    const now = Date.now()
    const rolledBack = (work: () => void) =>
      expect(() =>
        transactions.run(() => {
          work()
          duties.attempts('index')
          throw new Error('disk I/O error')
        }),
      ).toThrow('disk I/O error')
    rolledBack(() => duties.postpone('index', now, 3, now))
    expect(duties.attempts('index')).toBe(0)
    expect(duties.dueAt(now)).toEqual([])
    duties.postpone('index', now, 3, now)
    rolledBack(() => duties.done('index'))
    expect(duties.attempts('index')).toBe(3)
    rolledBack(() => duties.dropAll())
    expect(duties.dueAt(now)).toEqual(['index'])
    duties.dropAll()
    expect(duties.dueAt(now)).toEqual([])
  })
})
