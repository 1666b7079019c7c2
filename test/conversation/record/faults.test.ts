import { abortAllDurableObjects } from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import { expect, test } from 'vitest'

import { type Client, as } from '../../support/api.ts'
import { givenConversation, userMessages } from '../../support/given.ts'
import {
  d1Error,
  dutiesOf,
  eventually,
  evict,
  inRecord,
  recordOf,
  ringWhenDue,
  rowOf,
  underFaults,
} from '../../support/record.ts'

const append = async (client: Client, id: string, count: number, from: number) => {
  const messages = userMessages(count, from)
  const response = await client.post(`/api/conversations/${id}/messages`, { messages })
  expect(response.status).toBe(201)
}

const lost = () => {
  throw d1Error('Network connection lost.')
}

const failedOnce = (id: string) =>
  eventually(async () => (await dutiesOf(id)).due.some(({ attempts }) => attempts === 1))

/** That the record has messages 1 to `count`, and the row that goes with them. */
async function expectWhole(id: string, count: number): Promise<void> {
  await inRecord(id, count)
  expect((await recordOf(id)).map((row) => [row.seq, row.id, row.content])).toEqual(
    userMessages(count).map((message, index) => [index + 1, message.id, message.content]),
  )
}

test('stores nothing when D1 fails before it commits, and all of it later', async () => {
  const ann = await as.user()
  const id = await givenConversation(ann)
  await underFaults(id, { before: (batch) => (batch === 1 ? lost() : undefined) })
  await append(ann, id, 3, 1)
  await failedOnce(id)
  expect(await recordOf(id)).toEqual([])
  expect(await rowOf(id)).toMatchObject({ last_seq: 0 })
  await ringWhenDue(id)
  await expectWhole(id, 3)
})

test('finds out what D1 has when only its answer was lost', async () => {
  const ann = await as.user()
  const id = await givenConversation(ann)
  const counts = await underFaults(id, { after: (batch) => (batch === 1 ? lost() : undefined) })
  await append(ann, id, 3, 1)
  await failedOnce(id)
  expect(await recordOf(id)).toHaveLength(3)
  await ringWhenDue(id)
  await expectWhole(id, 3)
  expect(counts.batches).toBe(2)
})

test('goes on from where D1 is when messages came after the lost answer', async () => {
  const ann = await as.user()
  const id = await givenConversation(ann)
  const counts = await underFaults(id, { after: (batch) => (batch === 1 ? lost() : undefined) })
  await append(ann, id, 3, 1)
  await failedOnce(id)
  await append(ann, id, 2, 4)
  await ann.post('/api/conversations', { id })
  await expectWhole(id, 5)
  expect(counts.batches).toBe(3)
})

test('goes on from where D1 is when the object was lost with the answer', async () => {
  const ann = await as.user()
  const id = await givenConversation(ann)
  await underFaults(id, { after: lost })
  await append(ann, id, 3, 1)
  await failedOnce(id)
  await append(ann, id, 2, 4)
  await evict(id)
  expect((await dutiesOf(id)).due).toMatchObject([{ kind: 'flush', attempts: 1 }])
  await append(ann, id, 1, 6)
  expect(await recordOf(id)).toHaveLength(3)
  await ringWhenDue(id)
  await expectWhole(id, 6)
})

test('carries a change of the row over a lost answer too', async () => {
  const ann = await as.user()
  const id = await givenConversation(ann, { messages: userMessages(2) })
  await underFaults(id, { after: (batch) => (batch === 1 ? lost() : undefined) })
  expect((await ann.patch(`/api/conversations/${id}`, { title: 'One' })).status).toBe(200)
  expect(await rowOf(id)).toMatchObject({ title: 'One' })
  expect((await ann.patch(`/api/conversations/${id}`, { title: 'Two' })).status).toBe(200)
  await expectWhole(id, 2)
  expect(await rowOf(id)).toMatchObject({ title: 'Two' })
})

test('creates a conversation while D1 fails, and shows it when D1 is back', async () => {
  const ann = await as.user()
  const id = crypto.randomUUID()
  const counts = await underFaults(id, { before: (batch) => (batch === 1 ? lost() : undefined) })
  const created = await ann.post('/api/conversations', {
    id,
    title: 'T',
    messages: userMessages(2),
  })
  expect(created.status).toBe(201)
  expect(await rowOf(id)).toBeNull()
  // Only the alarm tries again: what was to flush it soon stands back.
  await scheduler.wait(300)
  expect(counts.batches).toBe(1)
  await ringWhenDue(id)
  await expectWhole(id, 2)
  expect(await rowOf(id)).toMatchObject({ title: 'T' })
})

test('goes on in the middle when a later batch of several fails', async () => {
  const ann = await as.user()
  const id = await givenConversation(ann)
  let isHeld = true
  const counts = await underFaults(id, {
    before: async (batch) => {
      await eventually(() => !isHeld)
      if (batch === 2) lost()
    },
  })
  const content = 'x'.repeat(240_000)
  for (let request = 0; request < 2; request += 1) {
    await ann.post(`/api/conversations/${id}/messages`, {
      messages: [1, 2, 3].map(() => ({ role: 'user', content })),
    })
  }
  isHeld = false
  await failedOnce(id)
  const reached = (await recordOf(id)).length
  expect(reached).toBeGreaterThan(0)
  expect(reached).toBeLessThan(6)
  expect(await rowOf(id)).toMatchObject({ last_seq: reached })
  await ringWhenDue(id)
  await inRecord(id, 6)
  expect(counts.largest).toBeLessThanOrEqual(1_000_000)
})

test('is not undone by a batch that arrives late, after newer ones', async () => {
  const ann = await as.user()
  const id = await givenConversation(ann)
  const counts = await underFaults(id, { before: (batch) => (batch === 1 ? lost() : undefined) })
  await append(ann, id, 2, 1)
  await failedOnce(id)
  await ringWhenDue(id)
  await append(ann, id, 2, 3)
  await ann.patch(`/api/conversations/${id}`, { title: 'New' })
  await ann.patch(`/api/conversations/${id}`, { title: 'Newer' })
  await ann.patch(`/api/conversations/${id}`, { title: 'Newest' })
  await expectWhole(id, 4)
  const [row, messages] = [await rowOf(id), await recordOf(id)]
  expect(counts.sent).toHaveLength(5)
  for (const batch of counts.sent) {
    await env.DB.batch(batch)
    expect(await rowOf(id)).toEqual(row)
    expect(await recordOf(id)).toEqual(messages)
  }
})

test('is finished by the alarm when the object was evicted with a backlog', async () => {
  const ann = await as.user()
  const id = await givenConversation(ann)
  await underFaults(id, { before: lost })
  await append(ann, id, 4, 1)
  await failedOnce(id)
  await evict(id)
  expect(await recordOf(id)).toEqual([])
  expect((await dutiesOf(id)).alarm).not.toBeNull()
  await ringWhenDue(id)
  await expectWhole(id, 4)
})

test('is finished by the alarm where every object died on the spot', async () => {
  const ann = await as.user()
  const ids = [await givenConversation(ann), await givenConversation(ann)]
  for (const id of ids) {
    await underFaults(id, { before: () => new Promise(() => {}) })
    await append(ann, id, 4, 1)
  }
  await abortAllDurableObjects()
  for (const id of ids) {
    expect(await recordOf(id)).toEqual([])
    const { due, alarm } = await dutiesOf(id)
    expect(due).toMatchObject([{ kind: 'flush' }])
    expect(alarm).not.toBeNull()
    await ringWhenDue(id)
    await expectWhole(id, 4)
  }
})

test.for(['before', 'after'] as const)('survives dying %s D1 commits a batch', async (when) => {
  const ann = await as.user()
  const id = await givenConversation(ann)
  let isReached = false
  const hang = () => {
    isReached = true
    return new Promise<void>(() => {})
  }
  await underFaults(id, { [when]: hang })
  await append(ann, id, 2, 1)
  await eventually(() => isReached)
  await append(ann, id, 2, 3)
  await abortAllDurableObjects()
  expect(await recordOf(id)).toHaveLength(when === 'before' ? 0 : 2)
  await append(ann, id, 2, 5)
  await ringWhenDue(id)
  await expectWhole(id, 6)
})
