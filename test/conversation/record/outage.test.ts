import { expect, test } from 'vitest'

import { as, at } from '../../support/api.ts'
import { givenConversation, userMessages } from '../../support/given.ts'
import {
  d1Error,
  dutiesOf,
  eventually,
  inRecord,
  inStorage,
  recordOf,
  ringWhenDue,
  rowOf,
  underFaults,
  withRealD1,
} from '../../support/record.ts'
import { listen } from '../../support/said.ts'
import { hurry } from '../../support/time.ts'

/** A conversation of somebody's whose D1 has failed once already, with three messages to flush. */
async function givenOutage(message = 'Network connection lost.') {
  const ann = await as.user()
  const id = await givenConversation(ann)
  const said = listen()
  const counts = await underFaults(id, {
    before: () => {
      throw d1Error(message)
    },
  })
  await ann.post(`${at(id)}/messages`, { messages: userMessages(3) })
  await eventually(async () => (await dutyOf(id)).attempts > 0)
  return { ann, id, counts, said }
}

const dutyOf = async (id: string) => {
  const [due, ...more] = (await dutiesOf(id)).due
  if (!due || more.length > 0) throw new Error('not one duty')
  return due
}

test('tries again ever later, up to five minutes, never at a fixed beat', async () => {
  const { id, counts, said } = await givenOutage()
  const waits: number[] = []
  for (let attempt = 1; attempt <= 10; attempt += 1) {
    const { at: due, attempts } = await dutyOf(id)
    expect(attempts).toBe(attempt)
    waits.push(due - Date.now())
    await ringWhenDue(id)
  }
  for (const [index, wait] of waits.entries()) {
    const middle = Math.min(2_000 * 2 ** index, 300_000)
    expect(wait).toBeGreaterThan(middle * 0.75 - 1_000)
    expect(wait).toBeLessThanOrEqual(middle * 1.25)
  }
  expect(new Set(waits.slice(-3)).size).toBe(3)
  expect(counts.batches).toBe(11)
  expect(said.events('flush-failed', id).at(-1)).toMatchObject({
    attempts: 11,
    backlog_messages: 3,
    error: 'connection-lost: Error',
  })
})

test('leaves an overloaded D1 alone for minutes at once', async () => {
  const { id, said } = await givenOutage('D1 DB is overloaded. Requests queued for too long.')
  const wait = (await dutyOf(id)).at - Date.now()
  expect(wait).toBeGreaterThan(220_000)
  expect(wait).toBeLessThanOrEqual(375_000)
  expect(said.events('flush-failed', id)[0]?.error).toMatch(/^overloaded/)
})

test('takes messages all the while, and leaves the trying to the alarm', async () => {
  const { ann, id, counts } = await givenOutage()
  const before = await dutyOf(id)
  const content = 'x'.repeat(250_000)
  for (let number = 4; number <= 8; number += 1) {
    const messages = [{ ...userMessages(1, number)[0], content }]
    expect((await ann.post(`${at(id)}/messages`, { messages })).status).toBe(201)
  }
  expect((await ann.post(`${at(id)}/continue`, { messages: [] })).status).toBe(200)
  const after = counts.batches
  await scheduler.wait(300)
  // A reply flushes at its end, as a request that waits does; appends never do.
  expect([after, counts.batches]).toEqual([2, 2])
  const { due, alarm } = await dutiesOf(id)
  expect(due).toMatchObject([{ kind: 'flush', attempts: 2 }])
  expect(due[0]!.at).toBeGreaterThan(before.at - 1)
  expect(alarm).not.toBeNull()
  expect(await recordOf(id)).toEqual([])
  await withRealD1(id)
  await ringWhenDue(id)
  await inRecord(id, 9)
})

test('is back to a short wait after it has once succeeded', async () => {
  const { ann, id } = await givenOutage('D1 DB is overloaded.')
  await withRealD1(id)
  await ringWhenDue(id)
  await inRecord(id, 3)
  await ann.post(`${at(id)}/messages`, { messages: userMessages(1, 4) })
  expect(await dutyOf(id)).toMatchObject({ attempts: 0 })
  await inRecord(id, 4)
})

test('raises an alert once it has been failing for an hour, and not before', async () => {
  const { id, said } = await givenOutage()
  const pendingFor = (minutes: number) =>
    inStorage(id, 'UPDATE conversation SET pending_since = ?', Date.now() - minutes * 60_000)
  await pendingFor(59)
  await ringWhenDue(id)
  expect(said.events('alert', id)).toEqual([])
  await pendingFor(60)
  await ringWhenDue(id)
  const [alert] = said.events('alert', id)
  expect(alert).toMatchObject({
    alert: 'flush-failing-for-an-hour',
    backlog_ms: expect.toSatisfy((ms: number) => ms >= 3_600_000),
  })
})

test('counts how long it has been failing from the first change that the record lacks', async () => {
  const { ann, id, said } = await givenOutage()
  const [first] = await inStorage(id, 'SELECT pending_since FROM conversation')
  await ann.post(`${at(id)}/messages`, { messages: userMessages(1, 4) })
  await ann.patch(at(id), { title: 'Later' })
  expect(await inStorage(id, 'SELECT pending_since FROM conversation')).toEqual([first])
  await withRealD1(id)
  await ringWhenDue(id)
  const pending = await inStorage(id, 'SELECT pending_since FROM conversation')
  expect(pending).toEqual([{ pending_since: null }])
  expect(said.events('alert', id)).toEqual([])
})

const never = () => new Promise<void>(() => {})

test('holds a creation and a patch up for two seconds and no longer', async () => {
  const ann = await as.user()
  const [fresh, standing] = [crypto.randomUUID(), await givenConversation(ann)]
  const waited: Promise<number>[] = []
  for (const [id, method, path] of [
    [fresh, 'POST', '/api/conversations'],
    [standing, 'PATCH', at(standing)],
  ] as const) {
    await underFaults(id, { before: never })
    const started = Date.now()
    const body = method === 'POST' ? { id, title: 'T' } : { title: 'T' }
    waited.push(
      ann.request(method, path, body).then((response) => {
        expect(response.ok).toBe(true)
        return Date.now() - started
      }),
    )
  }
  for (const ms of await Promise.all(waited)) {
    expect(ms).toBeGreaterThanOrEqual(1_990)
    expect(ms).toBeLessThan(3_500)
  }
  expect(await (await ann.get(at(standing))).json()).toMatchObject({ title: 'T' })
  for (const id of [fresh, standing]) expect((await dutiesOf(id)).alarm).not.toBeNull()
})

test('gives a D1 up that never answers, and takes no harm when it does after all', async () => {
  const ann = await as.user()
  const id = await givenConversation(ann)
  const said = listen()
  hurry(200)
  let isHeld = true
  const counts = await underFaults(id, {
    before: async (batch) => {
      if (batch === 1) await eventually(() => !isHeld)
    },
  })
  await ann.post(`${at(id)}/messages`, { messages: userMessages(2) })
  await eventually(() => said.events('flush-failed', id).length === 1)
  expect(said.events('flush-failed', id)[0]?.error).toBe('timeout: TimedOut')
  await ann.post(`${at(id)}/messages`, { messages: userMessages(2, 3) })
  await ringWhenDue(id)
  await inRecord(id, 4)
  const row = await rowOf(id)
  isHeld = false
  await scheduler.wait(20_000)
  expect(counts.batches).toBe(2)
  expect(await rowOf(id)).toEqual(row)
  expect(await recordOf(id)).toHaveLength(4)
})
