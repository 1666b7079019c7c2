import { env } from 'cloudflare:workers'
import { expect, test } from 'vitest'

import { type Client, as, at, sendWith } from '../../support/api.ts'
import { eventsOf } from '../../support/events.ts'
import { givenConversation, userMessages } from '../../support/given.ts'
import { network } from '../../support/network.ts'
import {
  dutiesOf,
  eventually,
  faultyD1,
  inRecord,
  recordOf,
  rowOf,
  underFaults,
  underSettings,
  withRealD1,
} from '../../support/record.ts'

const append = async (client: Client, id: string, messages: object[]) => {
  const response = await client.post(`${at(id)}/messages`, { messages })
  expect(response.status).toBe(201)
}

const big = (bytes: number) => ({ role: 'user', content: 'x'.repeat(bytes) })

test('carries what comes close together in one batch, and then owes nothing', async () => {
  const ann = await as.user()
  const id = await givenConversation(ann)
  const counts = await underFaults(id)
  for (let number = 1; number <= 6; number += 1) await append(ann, id, userMessages(1, number))
  expect(counts.batches).toBe(0)
  expect((await dutiesOf(id)).due).toMatchObject([{ kind: 'flush', attempts: 0 }])
  await inRecord(id, 6)
  expect(counts.batches).toBe(1)
  expect((await recordOf(id)).map((row) => [row.seq, row.id, row.content])).toEqual(
    userMessages(6).map((message, index) => [index + 1, message.id, message.content]),
  )
})

test('sends each message once, however often it flushes', async () => {
  const ann = await as.user()
  const id = await givenConversation(ann)
  const counts = await underFaults(id)
  await append(ann, id, [{ id: 'large', ...big(100_000) }])
  await inRecord(id, 1)
  expect(counts.largest).toBeGreaterThan(100_000)
  counts.largest = 0
  await append(ann, id, userMessages(1))
  await ann.patch(at(id), { title: 'Now' })
  await inRecord(id, 2)
  expect(counts.largest).toBeLessThan(1_000)
  expect(await rowOf(id)).toMatchObject({ title: 'Now', last_seq: 2 })
})

test('reads no more of the record for a long conversation than for a short one', async () => {
  const ann = await as.user()
  const reads: number[] = []
  for (const length of [5, 100]) {
    const id = await givenConversation(ann, { messages: userMessages(length) })
    await inRecord(id, length)
    const counts = await underFaults(id)
    await append(ann, id, userMessages(1, length + 1))
    await inRecord(id, length + 1)
    reads.push(counts.rowsRead)
  }
  expect(reads[0]).toBeGreaterThan(0)
  expect(reads[1]).toBe(reads[0])
})

test('asks D1 for nothing before an append, a reading or a page is answered', async () => {
  const ann = await as.user()
  const id = await givenConversation(ann)
  const worker = faultyD1(env.DB)
  const object = await underFaults(id)
  const ask = (method: string, path: string, body?: object) =>
    sendWith({ DB: worker.db }, path, {
      method,
      headers: { ...ann.headers, 'content-type': 'application/json' },
      ...(body && { body: JSON.stringify(body) }),
    })
  const answers = [
    await ask('POST', `${at(id)}/messages`, { messages: userMessages(3) }),
    await ask('GET', at(id)),
    await ask('GET', `${at(id)}/messages`),
    await ask('GET', at(crypto.randomUUID())),
  ]
  expect([worker.counts.queries, object.queries]).toEqual([0, 0])
  expect(answers.map(({ status }) => status)).toEqual([201, 200, 200, 404])
  await inRecord(id, 3)
  expect(object.queries).toBeGreaterThan(0)
  // The count is of what a Worker asks: a list does.
  await ask('GET', '/api/conversations')
  expect(worker.counts.queries).toBe(1)
})

test('asks D1 for nothing while a reply runs, and flushes question and answer together', async () => {
  const ann = await as.user()
  const id = await givenConversation(ann, { title: 'Named', topic: 'named' })
  const worker = faultyD1(env.DB)
  const object = await underFaults(id)
  const gate = crypto.randomUUID()
  await network.script(gate, [{ text: 'One' }, { gate }, { text: ' two' }, { finish: 'stop' }])
  const response = await sendWith({ DB: worker.db }, `${at(id)}/continue`, {
    method: 'POST',
    headers: { ...ann.headers, 'content-type': 'application/json', accept: 'text/event-stream' },
    body: JSON.stringify({ messages: [{ role: 'user', content: `Count #${gate}` }] }),
  })
  const events = eventsOf(response)
  expect((await events.next()).value).toMatchObject({ event: 'accepted' })
  // Longer than an append alone would wait.
  await scheduler.wait(300)
  expect([worker.counts.queries, object.queries]).toEqual([0, 0])
  await network.open(gate)
  for await (const _ of events);
  await inRecord(id, 2)
  expect(object.batches).toBe(1)
  expect(worker.counts.queries).toBe(0)
})

test('answers appends, readings and continues while D1 answers nothing at all', async () => {
  const ann = await as.user()
  const id = await givenConversation(ann)
  const counts = await underFaults(id, { before: () => new Promise(() => {}) })
  await append(ann, id, userMessages(1))
  await eventually(() => counts.batches === 1)
  const started = Date.now()
  await append(ann, id, userMessages(1, 2))
  expect((await ann.get(at(id))).status).toBe(200)
  const turn = { messages: [{ id: 'q', role: 'user', content: 'Hello #hanging' }] }
  expect((await ann.post(`${at(id)}/continue`, turn)).status).toBe(200)
  await append(ann, id, userMessages(1, 3))
  expect(Date.now() - started).toBeLessThan(1_500)
  expect(counts.batches).toBe(1)
})

test('never sends more than a megabyte at once, and fills each as far as it goes', async () => {
  const ann = await as.user()
  const id = await givenConversation(ann)
  let isHeld = true
  const counts = await underFaults(id, { before: () => eventually(() => !isHeld) })
  // A summary would be carried too, sooner or later.
  await underSettings(id, { SUMMARY_EVERY: '1000' })
  for (let request = 0; request < 4; request += 1) {
    await append(ann, id, [big(190_000), big(190_000), big(190_000)])
  }
  isHeld = false
  await inRecord(id, 12)
  expect(counts.largest).toBeLessThanOrEqual(1_000_000)
  expect(counts.largest).toBeGreaterThan(900_000)
  expect(counts.batches).toBeLessThanOrEqual(4)
  expect((await recordOf(id)).map(({ seq }) => seq)).toEqual([
    1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12,
  ])
})

test('sends the largest message there can be, and quotes do not make it larger', async () => {
  const ann = await as.user()
  const id = await givenConversation(ann)
  const counts = await underFaults(id)
  const quotes = {
    role: 'user',
    parts: [{ type: 'file', file: { file_data: '"'.repeat(449_000) } }],
  }
  await append(ann, id, [quotes])
  await inRecord(id, 1)
  expect(counts.largest).toBeGreaterThan(890_000)
  expect(counts.largest).toBeLessThanOrEqual(1_000_000)
})

test('waits for no others when more than a megabyte is pending', async () => {
  const ann = await as.user()
  const id = await givenConversation(ann)
  const counts = await underFaults(id)
  await append(ann, id, [big(240_000), big(240_000)])
  expect(counts.queries).toBe(0)
  await append(ann, id, [big(260_000), big(260_000), big(260_000)])
  expect(counts.queries).toBeGreaterThan(0)
  await inRecord(id, 5)
})

test('leaves the record a beginning of the log at every batch', async () => {
  const ann = await as.user()
  const id = await givenConversation(ann)
  const names: string[] = []
  const seen: [lastSeq: unknown, names: string[]][] = []
  const look = async () => {
    const row = await rowOf(id)
    seen.push([row?.['last_seq'], (await recordOf(id)).map((message) => message.id)])
  }
  await underFaults(id, {
    before: look,
    after: async (batch) => {
      await look()
      if (batch % 3 === 2) throw new Error('D1_ERROR: Network connection lost.')
    },
  })
  for (let round = 0; round < 8; round += 1) {
    const messages = [0, 1, 2].map((index) => ({ id: `r${round}.${index}`, ...big(120_000) }))
    names.push(...messages.map((message) => message.id))
    await append(ann, id, messages)
    await ann.patch(at(id), { title: `Round ${round}` })
  }
  await withRealD1(id)
  await ann.patch(at(id), { title: 'Quiet' })
  await inRecord(id, 24)
  await look()
  expect(seen.length).toBeGreaterThan(10)
  for (const [lastSeq, held] of seen) {
    expect(held).toHaveLength(Number(lastSeq))
    expect(held).toEqual(names.slice(0, held.length))
  }
  expect(seen.at(-1)).toEqual([24, names])
  expect(await rowOf(id)).toMatchObject({ title: 'Quiet' })
})
