import { abortAllDurableObjects, runInDurableObject } from 'cloudflare:test'
import { expect, test } from 'vitest'

import { backoff, longBackoff } from '../../../src/conversation/duties/duties.ts'
import { as, at } from '../../support/api.ts'
import { givenConversation, objectOf, userMessages } from '../../support/given.ts'
import { network } from '../../support/network.ts'
import {
  d1Error,
  dutiesOf,
  eventually,
  evict,
  inRecord,
  inStorage,
  recordOf,
  ring,
  ringWhenDue,
  rowOf,
  underFaults,
  withRealD1,
} from '../../support/record.ts'
import { listen } from '../../support/said.ts'
import { told } from '../../support/searching.ts'

test('has the duty and its alarm in storage whenever an append is acknowledged', async () => {
  const ann = await as.user()
  const id = await givenConversation(ann)
  for (let number = 1; number <= 5; number += 1) {
    const response = await ann.post(`${at(id)}/messages`, { messages: userMessages(1, number) })
    expect(response.status).toBe(201)
    // Nothing that was only in memory is left.
    await abortAllDurableObjects()
    const { due, alarm } = await dutiesOf(id)
    expect(due).toMatchObject([{ kind: 'flush' }])
    expect(alarm).toBeGreaterThan(0)
    expect(alarm).toBeLessThanOrEqual(due[0]!.at)
    expect(await inStorage(id, 'SELECT count(*) AS count FROM messages')).toEqual([
      { count: number },
    ])
  }
  await ringWhenDue(id)
  await inRecord(id, 5)
})

test('one alarm does for all that is appended within half a minute', async () => {
  const ann = await as.user()
  const id = await givenConversation(ann, { messages: userMessages(1) })
  await inRecord(id, 1)
  const { alarm } = await dutiesOf(id)
  expect(alarm).toBeGreaterThan(Date.now())
  const set: number[] = []
  await runInDurableObject(objectOf(id), (_, { storage }) => {
    const setAlarm = storage.setAlarm.bind(storage)
    storage.setAlarm = (at: number) => {
      set.push(at)
      return setAlarm(at)
    }
  })
  for (let number = 2; number <= 4; number += 1) {
    await ann.post(`${at(id)}/messages`, { messages: userMessages(1, number) })
    const { due } = await dutiesOf(id)
    expect(due).toMatchObject([{ kind: 'flush', attempts: 0 }])
    expect(alarm).toBeLessThanOrEqual(due[0]!.at)
    await inRecord(id, number)
  }
  expect(set).toEqual([])
  // Nor is a row of a duty ever written.
  expect(await inStorage(id, 'SELECT * FROM due')).toEqual([])
  expect((await dutiesOf(id)).alarm).toBe(alarm)
})

test('still owes what is appended while a flush is on its way', async () => {
  const ann = await as.user()
  const id = await givenConversation(ann)
  let isHeld = true
  await underFaults(id, { after: () => eventually(() => !isHeld) })
  await ann.post(`${at(id)}/messages`, { messages: userMessages(1) })
  await eventually(async () => (await recordOf(id)).length === 1)
  const response = await ann.post(`${at(id)}/messages`, { messages: userMessages(1, 2) })
  expect(response.status).toBe(201)
  const { due, alarm } = await dutiesOf(id)
  expect(due).toHaveLength(1)
  expect(alarm).not.toBeNull()
  isHeld = false
  await inRecord(id, 2)
})

test('owes anew what is appended after its alarm rang', async () => {
  const ann = await as.user()
  const id = await givenConversation(ann, { title: 'T' })
  await told(id)
  for (let number = 1; number <= 3; number += 1) {
    await ann.post(`${at(id)}/messages`, { messages: userMessages(1, number) })
    await ringWhenDue(id)
    expect(await dutiesOf(id)).toEqual({ due: [], alarm: null })
    expect(await rowOf(id)).toMatchObject({ last_seq: number })
  }
})

test('rings again for a duty that is not due yet', async () => {
  const ann = await as.user()
  const id = await givenConversation(ann)
  await ann.post(`${at(id)}/messages`, { messages: userMessages(1) })
  expect(await ring(id)).toBe(true)
  const { due, alarm } = await dutiesOf(id)
  expect(due).toHaveLength(1)
  expect(alarm).toBe(due[0]?.at)
  await inRecord(id, 1)
})

test('wakes for the earliest of several duties', async () => {
  const ann = await as.user()
  const id = await givenConversation(ann)
  const gate = crypto.randomUUID()
  await network.script(gate, [{ text: 'One' }, { gate }, { finish: 'stop' }])
  const messages = [{ role: 'user', content: `Wait #${gate}` }]
  const answering = ann.post(`${at(id)}/continue`, { messages })
  await eventually(async () => (await dutiesOf(id)).due.length === 2)
  const { due, alarm } = await dutiesOf(id)
  expect(due.map(({ kind }) => kind)).toEqual(['flush', 'reply'])
  expect(alarm).toBeLessThanOrEqual(Math.min(...due.map((duty) => duty.at)))
  await network.open(gate)
  expect((await answering).status).toBe(200)
  await inRecord(id, 2)
})

test('never lets an error out of the alarm, whatever D1 does', async () => {
  const ann = await as.user()
  const id = await givenConversation(ann)
  listen()
  await underFaults(id, {
    before: (batch) => {
      // What a library throws need not even be an error.
      throw batch % 2 === 0 ? d1Error('internal') : 'a word'
    },
  })
  await ann.post(`${at(id)}/messages`, { messages: userMessages(2) })
  await eventually(async () => (await dutiesOf(id)).due[0]?.attempts === 1)
  for (let attempt = 2; attempt <= 8; attempt += 1) {
    await expect(ringWhenDue(id)).resolves.toBeUndefined()
    const { due, alarm } = await dutiesOf(id)
    expect(due).toMatchObject([{ kind: 'flush', attempts: attempt }])
    expect(alarm).toBeGreaterThan(Date.now())
  }
  await withRealD1(id)
  await ringWhenDue(id)
  await inRecord(id, 2)
})

test('goes on with its other duties when one of them throws', async () => {
  const ann = await as.user()
  const id = await givenConversation(ann)
  const said = listen()
  await ann.post(`${at(id)}/messages`, { messages: userMessages(2) })
  await inStorage(id, 'CREATE TABLE reply (lost TEXT)')
  await inStorage(id, `INSERT INTO due (kind, at, attempts) VALUES ('reply', -1, 0)`)
  await expect(ringWhenDue(id)).resolves.toBeUndefined()
  expect(await recordOf(id)).toHaveLength(2)
  const { due, alarm } = await dutiesOf(id)
  expect(due).toMatchObject([{ kind: 'reply', attempts: 1 }])
  expect(alarm).toBe(due[0]?.at)
  expect(said.events('duty-failed', id)).toMatchObject([{ duty: 'reply', error: 'Error' }])
  // Nor out of the constructor: the object still wakes, and answers.
  await evict(id)
  expect((await ann.get(at(id))).status).toBe(200)
  expect(said.events('duty-failed', id).at(-1)).toMatchObject({ duty: 'wake' })
})

test('writes nothing at all for a conversation that does not exist, not even when its alarm rings', async () => {
  const ann = await as.user()
  const id = crypto.randomUUID()
  const paths: [string, string, object?][] = [
    ['GET', at(id)],
    ['GET', `${at(id)}/messages`],
    ['POST', `${at(id)}/messages`, { messages: userMessages(1) }],
    ['POST', `${at(id)}/continue`, { messages: userMessages(1) }],
    ['PATCH', at(id), { title: 'T' }],
    ['DELETE', at(id)],
  ]
  for (const [method, path, body] of paths) {
    expect((await ann.request(method, path, body)).status).toBe(404)
  }
  const left = () =>
    runInDurableObject(objectOf(id), async (_, { storage }) => [
      storage.sql
        .exec(`SELECT name FROM sqlite_master WHERE name NOT LIKE '\\_cf%' ESCAPE '\\'`)
        .toArray(),
      await storage.getAlarm(),
    ])
  expect(await left()).toEqual([[], null])
  await runInDurableObject(objectOf(id), (_, { storage }) => storage.setAlarm(Date.now() + 60_000))
  expect(await ring(id)).toBe(true)
  expect(await left()).toEqual([[], null])
})

test.for([
  [1, 2_000],
  [2, 4_000],
  [3, 8_000],
  [8, 256_000],
  [9, 300_000],
  [1_000, 300_000],
] as const)('waits after failure %i for about %i ms', ([attempts, middle]) => {
  expect(backoff(attempts, 0)).toBe(middle * 0.75)
  expect(backoff(attempts, 0.5)).toBe(middle)
  expect(backoff(attempts, 1)).toBe(middle * 1.25)
  expect(new Set([1, 2, 3, 4, 5].map(() => backoff(attempts))).size).toBeGreaterThan(1)
})

test('waits for about five minutes when D1 is overloaded', () => {
  expect([longBackoff(0), longBackoff(0.5), longBackoff(1)]).toEqual([225_000, 300_000, 375_000])
})
