import { expect, onTestFinished, test, vi } from 'vitest'

import { type Appended, append, as, at, bodyOf, read } from '../../support/api.ts'
import { givenConversation, userMessages } from '../../support/given.ts'
import { about, summarize } from '../../support/memory.ts'
import { network } from '../../support/network.ts'
import { problemOf } from '../../support/problems.ts'
import {
  dutiesOf,
  eventually,
  inRecord,
  inStorage,
  ring,
  ringWhenDue,
  rowOf,
  storedIn,
  underFaults,
  withRealD1,
} from '../../support/record.ts'
import { listen } from '../../support/said.ts'
import { historyOf } from '../../support/turns.ts'

test('a log that lacks a message is summarised as far as it goes, with an alert and no endless calls', async () => {
  const said = listen()
  const ann = await as.user()
  const id = await givenConversation(ann, { messages: about('lacking', 9) })
  await inRecord(id, 9)
  await inStorage(id, 'DELETE FROM messages WHERE seq = 9')
  expect(await problemOf(summarize(ann, id))).toMatchObject({ status: 500 })
  expect((await network.seen('lacking.summary')).length).toBeLessThanOrEqual(2)
  expect(said.events('alert', id)[0]).toMatchObject({ alert: 'log-incomplete' })
})

test.for([
  'D1_ERROR: Exceeded maximum DB size: SQLITE_FULL',
  'D1_ERROR: database or disk is full: SQLITE_FULL',
])(
  'a full database is an alert at once, and what was acknowledged drains once there is room: %s',
  async (message) => {
    const said = listen()
    const ann = await as.user()
    const id = await givenConversation(ann, { messages: userMessages(1) })
    await inRecord(id, 1)
    await underFaults(id, {
      before: () => {
        throw new Error(message)
      },
    })
    expect((await append(ann, id, userMessages(1, 2))).status).toBe(201)
    await eventually(() => said.events('alert', id).length > 0)
    expect(said.events('alert', id)).toMatchObject([{ alert: 'database-full' }])
    const [due] = (await dutiesOf(id)).due
    expect(Number(due?.at) - Date.now()).toBeGreaterThan(200_000)
    // Nothing is lost meanwhile, and lists still read.
    expect(await historyOf(ann, id)).toHaveLength(2)
    expect((await ann.get('/api/conversations')).status).toBe(200)
    await withRealD1(id)
    await ringWhenDue(id)
    await inRecord(id, 2)
  },
)

test('a clock that goes back turns no order round', async () => {
  const ann = await as.user()
  const id = await givenConversation(ann)
  const [first] = (await bodyOf<Appended>(append(ann, id, userMessages(1)))).messages
  const before = await read(ann, id)
  vi.useFakeTimers({ toFake: ['Date'], now: Date.now() - 3_600_000 })
  onTestFinished(() => void vi.useRealTimers())
  const [second] = (await bodyOf<Appended>(append(ann, id, userMessages(1, 2)))).messages
  expect(Date.parse(String(second?.created_at))).toBeGreaterThanOrEqual(
    Date.parse(String(first?.created_at)),
  )
  await ann.patch(at(id), { title: 'Earlier' })
  const after = await read(ann, id)
  expect(Date.parse(after.updated_at)).toBeGreaterThanOrEqual(Date.parse(before.updated_at))
  vi.useRealTimers()
  await inRecord(id, 2)
  expect(await rowOf(id)).toMatchObject({ title: 'Earlier', last_seq: 2 })
})

test('a pass that began too early is not the last one of an erasure, though it ends late', async () => {
  const ann = await as.user()
  const id = await givenConversation(ann, { messages: userMessages(1) })
  await inRecord(id, 1)
  await ann.post(`${at(id)}/erase`)
  // The last write may arrive for 65 s: half a second of that is left when the pass begins, none when it ends.
  await inStorage(id, 'UPDATE erasure SET requested_at = ?', Date.now() - 65_000 + 500)
  await inStorage(id, 'UPDATE due SET at = 0')
  await underFaults(id, { beforeQuery: () => scheduler.wait(400) })
  await ring(id)
  expect((await storedIn(id)).tables).toContain('erasure')
  await withRealD1(id)
  await ringWhenDue(id)
  expect(await storedIn(id)).toEqual({ tables: [], alarm: null })
})
