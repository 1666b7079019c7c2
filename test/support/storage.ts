import { runInDurableObject } from 'cloudflare:test'

import { objectOf } from './given.ts'
import { dueIn, dutiesOf, evict, inRecord, ringWhenDue, storedIn } from './record.ts'
import { ask } from './seldom.ts'

/** A fault in an object's own storage. */
export interface StorageFault {
  /** Whether anything came as far. */
  hasStruck: () => boolean
  heal: () => Promise<void>
}

/** Has one statement of an object's own storage fail, or the setting of its alarm: the `nth` from now on. */
export async function failAt(id: string, nth: number): Promise<StorageFault> {
  let count = 0
  const failing = <A extends unknown[], R>(real: (...args: A) => R) =>
    function failed(...args: A): R {
      // What a test looks at is not what is to fail.
      if (!isFromSource()) return real(...args)
      count += 1
      if (count === nth) throw new Error('disk I/O error: SQLITE_IOERR')
      return real(...args)
    }
  await runInDurableObject(objectOf(id), (_, { storage }) => {
    const { sql } = storage
    Object.assign(sql, { exec: failing(sql.exec.bind(sql)) })
    Object.assign(storage, { setAlarm: failing(storage.setAlarm.bind(storage)) })
  })
  const heal = () =>
    runInDurableObject(objectOf(id), (_, { storage }) => {
      Reflect.deleteProperty(storage.sql, 'exec')
      Reflect.deleteProperty(storage, 'setAlarm')
    })
  return { hasStruck: () => count >= nth, heal }
}

/** Whether Hilo's own code is among the callers. Of a stack as text, Vitest would map every line to its source: that takes a while. */
function isFromSource(): boolean {
  // oxlint-disable-next-line typescript/unbound-method -- it is put back as it was
  const { prepareStackTrace } = Error
  Error.prepareStackTrace = (_, sites) => sites.some((one) => one.getFileName()?.includes('/src/'))
  const { stack } = new Error('here')
  Error.prepareStackTrace = prepareStackTrace
  return stack as unknown as boolean
}

/** All that an object has in its storage, at one moment: work may be under way. Null if that is nothing. */
export async function everythingOf(id: string) {
  if ((await storedIn(id)).tables.length === 0) return null
  return runInDurableObject(objectOf(id), async (_, { storage }) => {
    const all = (sql: string) => ask(storage.sql, sql)
    const [conversation] = all('SELECT * FROM conversation')
    const held = {
      conversation: conversation as Record<string, number>,
      messages: all('SELECT * FROM messages ORDER BY seq') as Stored[],
      replies: all('SELECT 1 FROM conversation WHERE begun IS NOT NULL'),
      extra: all('SELECT * FROM extra ORDER BY n'),
      isFenced: all('SELECT * FROM erasure').length > 0,
      due: dueIn(storage),
    }
    return { ...held, alarm: await storage.getAlarm() }
  })
}

type Stored = { seq: number; id: string; content: string; status: string }

/** Waits until the record has so many messages, and has the object begin anew, without any alarm. */
export async function atRest(id: string, count: number): Promise<void> {
  await inRecord(id, count)
  await runInDurableObject(objectOf(id), (_, { storage }) => storage.deleteAlarm())
  await evict(id)
}

/** Rings an object's alarm until it owes nothing any more; an erasure's last turn, and that of sockets, are left to come. */
export async function workedOff(id: string): Promise<void> {
  for (let times = 0; times < 200; times += 1) {
    const { due } = await dutiesOf(id)
    if (due.every(({ kind }) => kind === 'erase' || kind === 'sockets')) return
    await ringWhenDue(id)
    // A reply may still be running.
    await scheduler.wait(5)
  }
  throw new Error('it never came to rest')
}
