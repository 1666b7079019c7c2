import { runInDurableObject } from 'cloudflare:test'
import { describe, expect, test } from 'vitest'

import { append, as, at } from '../../support/api.ts'
import { givenConversation, objectOf, userMessages } from '../../support/given.ts'
import {
  d1Error,
  dutiesOf,
  eventually,
  evict,
  inRecord,
  inStorage,
  ring,
  ringWhenDue,
  rowOf,
  storedIn,
  underFaults,
  wipeWhenDue,
} from '../../support/record.ts'
import { listen } from '../../support/said.ts'

const lost = () => {
  throw d1Error('Network connection lost.')
}

/** As the platform leaves an object whose alarm has failed too often. */
async function loseAlarm(id: string): Promise<void> {
  await runInDurableObject(objectOf(id), (_, { storage }) => storage.deleteAlarm())
  await evict(id)
}

/** A conversation that D1 does not take a message of. */
async function givenFailed() {
  listen()
  const ann = await as.user()
  const id = await givenConversation(ann, { messages: userMessages(1) })
  await inRecord(id, 1)
  await underFaults(id, { before: lost })
  await append(ann, id, userMessages(1, 2))
  await eventually(async () => (await dutiesOf(id)).due[0]?.attempts === 1)
  return { ann, id }
}

describe('an object that wakes arms the alarm that it lost', () => {
  test('for a flush', async () => {
    const { ann, id } = await givenFailed()
    await loseAlarm(id)
    await ann.get(at(id))
    expect((await dutiesOf(id)).alarm).not.toBeNull()
    await ringWhenDue(id)
    await inRecord(id, 2)
    expect(await rowOf(id)).toMatchObject({ last_seq: 2 })
  })

  test('for a flush, without having slept, if not even an alarm could be set', async () => {
    const { ann, id } = await givenFailed()
    const setAlarm = (failing: object) =>
      runInDurableObject(objectOf(id), (_, { storage }) => void Object.assign(storage, failing))
    await setAlarm({
      setAlarm: () => {
        throw new Error('disk I/O error: SQLITE_IOERR')
      },
    })
    await expect(ringWhenDue(id)).rejects.toThrow('disk I/O')
    await runInDurableObject(objectOf(id), (_, { storage }) => {
      Reflect.deleteProperty(storage, 'setAlarm')
    })
    expect((await dutiesOf(id)).alarm).toBeNull()
    await ann.get(at(id))
    expect((await dutiesOf(id)).alarm).not.toBeNull()
  })

  test('for an erasure, which nobody can ask for again once its owner has gone', async () => {
    listen()
    const ann = await as.user()
    const id = await givenConversation(ann, { messages: userMessages(3) })
    await inRecord(id, 3)
    await underFaults(id, { beforeQuery: lost })
    await ann.post(`${at(id)}/erase`)
    await loseAlarm(id)
    // Whoever asks wakes it, a stranger too.
    expect((await (await as.user()).get(at(id))).status).toBe(404)
    await ringWhenDue(id)
    expect(await rowOf(id)).toBeNull()
    await wipeWhenDue(id)
    expect(await storedIn(id)).toEqual({ tables: [], alarm: null })
  })

  test('for a flush that is owed by what the log says, though its duty is lost', async () => {
    const { ann, id } = await givenFailed()
    await inStorage(id, 'DELETE FROM due')
    await loseAlarm(id)
    await ann.get(at(id))
    await inRecord(id, 2)
    expect(await rowOf(id)).toMatchObject({ last_seq: 2 })
  })

  test('and arms none when it owes nothing', async () => {
    const ann = await as.user()
    const id = await givenConversation(ann, { messages: userMessages(1) })
    await inRecord(id, 1)
    await ring(id)
    await loseAlarm(id)
    await ann.get(at(id))
    expect(await dutiesOf(id)).toEqual({ due: [], alarm: null })
  })
})
