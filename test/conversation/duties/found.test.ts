import { runInDurableObject } from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import { expect, test } from 'vitest'

import { ring } from '../../../src/conversation/duties/alarm.ts'
import { Door } from '../../../src/conversation/duties/door.ts'
import { BACKSTOP_MS, Duties } from '../../../src/conversation/duties/duties.ts'
import { Tables } from '../../../src/conversation/log/tables.ts'
import { Transactions } from '../../../src/conversation/log/transactions.ts'
import { alarmOf, openParts, wakeUp } from '../../../src/conversation/parts.ts'
import { append, as } from '../../support/api.ts'
import { givenConversation, objectOf, userMessages } from '../../support/given.ts'
import { dueIn, inRecord, underSettings } from '../../support/record.ts'
import { listen } from '../../support/said.ts'
import { givenFindable, soon, told } from '../../support/searching.ts'

const nothing = { owed: () => ({ flush: null, reply: null }) }

const dutiesWith = (storage: DurableObjectStorage, id: string, own?: Transactions) => {
  const transactions = own ?? new Transactions(storage, id)
  return new Duties(storage, transactions, new Tables(storage.sql, transactions), nothing)
}

test('a duty that is found on waking has its alarm at once, without a row, until it is done', async () => {
  const id = await givenConversation(await as.user(), { messages: userMessages(1) })
  await inRecord(id, 1)
  await runInDurableObject(objectOf(id), async (_, { storage }) => {
    await storage.deleteAlarm()
    const duties = dutiesWith(storage, id)
    const now = Date.now()
    expect(duties.found('index', now)).toBe(0)
    expect(await storage.getAlarm()).toBe(now + BACKSTOP_MS)
    expect(duties.found('index', now + 1)).toBe(0)
    expect(duties.dueAt(now + BACKSTOP_MS - 1)).toEqual([])
    expect(duties.dueAt(now + BACKSTOP_MS)).toEqual(['index'])
    duties.done('index')
    expect(duties.dueAt(now + BACKSTOP_MS)).toEqual([])
    expect(dueIn(storage)).toEqual([])
  })
})

test('duties that were taken, done or dropped and rolled back are as they were', async () => {
  const id = await givenConversation(await as.user(), { messages: userMessages(1) })
  await inRecord(id, 1)
  await runInDurableObject(objectOf(id), (_, { storage }) => {
    const transactions = new Transactions(storage, id)
    const duties = dutiesWith(storage, id, transactions)
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

test('a duty that was found keeps its alarm though an alarm could not work anything off', async () => {
  const id = await givenConversation(await as.user(), { messages: userMessages(1) })
  await inRecord(id, 1)
  await runInDurableObject(objectOf(id), async (_, { storage }) => {
    const duties = dutiesWith(storage, id)
    const now = Date.now()
    duties.found('index', now)
    await storage.deleteAlarm()
    duties.rang()
    duties.armLater(now)
    expect(await storage.getAlarm()).toBeGreaterThan(now)
  })
})

test.each(['alarm', 'call'])(
  'an object that could not find out what it owes when it woke finds out by its next %s',
  async (next) => {
    listen()
    const { ann, id } = await givenFindable('a siskin')
    await soon(ann, 'siskin')
    await underSettings(id, { SEARCH: 'off' })
    await append(ann, id, userMessages(1, 2))
    await inRecord(id, 2)
    await runInDurableObject(objectOf(id), async (_, ctx) => {
      const { storage } = ctx
      await storage.deleteAlarm()
      const exec = storage.sql.exec.bind(storage.sql)
      const failing = (...query: Parameters<typeof exec>) => {
        if (query[0].includes('FROM indexes')) throw new Error('disk I/O error: SQLITE_IOERR')
        return exec(...query)
      }
      Object.assign(storage.sql, { exec: failing })
      const parts = openParts(ctx, () => env)
      const door = new Door(parts, parts.current, () => wakeUp(parts))
      expect(await storage.getAlarm()).not.toBeNull()
      Reflect.deleteProperty(storage.sql, 'exec')
      if (next === 'alarm') await ring(alarmOf(parts))
      else door.closed(Date.now() + 2_000)
    })
    await told(id)
  },
)
