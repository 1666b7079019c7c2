import { env } from 'cloudflare:workers'
import { expect, test } from 'vitest'

import { as, at } from '../../support/api.ts'
import { givenConversation, userMessages } from '../../support/given.ts'
import { dutiesOf, evict, inRecord, recordOf, rowOf, underFaults } from '../../support/record.ts'
import { listen } from '../../support/said.ts'

/** A conversation of six messages, all of them in the record. */
async function givenSix() {
  const ann = await as.user()
  const id = await givenConversation(ann, { title: 'T', messages: userMessages(6) })
  await inRecord(id, 6)
  return { ann, id }
}

const inD1 = (query: string, ...values: unknown[]) =>
  env.DB.prepare(query)
    .bind(...values)
    .run()

/** As if D1 had been restored to when there were only so many messages, at version 1. */
async function restoreTo(id: string, count: number): Promise<void> {
  await inD1('DELETE FROM messages WHERE conversation_id = ? AND seq > ?', id, count)
  await inD1(
    'UPDATE conversations SET last_seq = ?, version = 1, title = NULL WHERE id = ?',
    count,
    id,
  )
}

const names = async (id: string) => (await recordOf(id)).map((row) => `${row.seq} ${row.id}`)
const upTo = (count: number) =>
  userMessages(count).map((message, index) => `${index + 1} ${message.id}`)

test.for([0, 1, 4, 5])('fills the record up from message %i on', async (count) => {
  const { ann, id } = await givenSix()
  const said = listen()
  await restoreTo(id, count)
  await ann.post(`${at(id)}/messages`, { messages: userMessages(1, 7) })
  await inRecord(id, 7)
  expect(await names(id)).toEqual(upTo(7))
  expect(await rowOf(id)).toMatchObject({ title: 'T', last_seq: 7 })
  const [behind, ...more] = said.events('record-behind', id)
  expect(behind).toMatchObject({ from_seq: 6, to_seq: count })
  expect(more).toEqual([])
})

test('fills the record up when a patch finds it behind', async () => {
  const { ann, id } = await givenSix()
  listen()
  await restoreTo(id, 2)
  await ann.patch(at(id), { title: 'New' })
  expect(await names(id)).toEqual(upTo(6))
  expect(await rowOf(id)).toMatchObject({ title: 'New', last_seq: 6 })
})

test('writes all of it anew when the record lost the row, also after an eviction', async () => {
  const { ann, id } = await givenSix()
  listen()
  const row = await rowOf(id)
  await inD1('DELETE FROM conversations WHERE id = ?', id)
  expect(await recordOf(id)).toEqual([])
  await evict(id)
  await ann.patch(at(id), { topic: 'back' })
  expect(await names(id)).toEqual(upTo(6))
  const { updated_at: _, version: __, ...same } = row ?? {}
  expect(await rowOf(id)).toMatchObject({ ...same, topic: 'back' })
})

test('writes a lost row anew when there is no message', async () => {
  const ann = await as.user()
  const id = await givenConversation(ann)
  await inD1('DELETE FROM conversations WHERE id = ?', id)
  await ann.patch(at(id), { topic: 'back' })
  expect(await rowOf(id)).toMatchObject({ topic: 'back', last_seq: 0 })
})

test('fills up messages that are there although the counter is back', async () => {
  const { ann, id } = await givenSix()
  listen()
  await inD1('UPDATE conversations SET last_seq = 3, version = 1 WHERE id = ?', id)
  await ann.post(`${at(id)}/messages`, { messages: userMessages(1, 7) })
  await inRecord(id, 7)
  expect(await names(id)).toEqual(upTo(7))
})

test('fills up as it is restored again and again', async () => {
  const { ann, id } = await givenSix()
  listen()
  await underFaults(id, {
    before: async (batch) => {
      if (batch === 2) await restoreTo(id, 1)
      if (batch === 3) await inD1('DELETE FROM conversations WHERE id = ?', id)
    },
  })
  await restoreTo(id, 3)
  await ann.post(`${at(id)}/messages`, { messages: userMessages(1, 7) })
  await inRecord(id, 7)
  expect(await names(id)).toEqual(upTo(7))
})

const stranger = async (id: string, seq: number) => {
  await inD1('DELETE FROM messages WHERE conversation_id = ? AND seq = ?', id, seq)
  await inD1(
    `INSERT INTO messages (conversation_id, seq, id, role, origin, content, status, created_at)
     VALUES (?, ?, 'stranger', 'user', 'client', 'of another story', 'complete', 1)`,
    id,
    seq,
  )
}

test.for([
  ['at the last of the record', 6, 6],
  ['at the next', 7, 6],
  ['past a counter that is back', 5, 4],
  ['where the record goes on', 7, 7],
] as const)('overwrites nothing when D1 holds another message %s', async ([, seq, lastSeq]) => {
  const { ann, id } = await givenSix()
  const said = listen()
  await stranger(id, seq)
  await inD1('UPDATE conversations SET last_seq = ? WHERE id = ?', lastSeq, id)
  const [row, held] = [await rowOf(id), await recordOf(id)]
  const counts = await underFaults(id)
  await ann.post(`${at(id)}/messages`, { messages: userMessages(1, 7) })
  expect((await ann.patch(at(id), { title: 'New' })).status).toBe(200)
  expect(await rowOf(id)).toEqual(row)
  expect(await recordOf(id)).toEqual(held)
  expect(counts.batches).toBeLessThanOrEqual(3)
  const [alert] = said.events('alert', id)
  expect(alert).toMatchObject({ alert: 'record-different' })
  const [due] = (await dutiesOf(id)).due
  expect(Number(due?.at) - Date.now()).toBeGreaterThan(200_000)
  // The log is what counts, and goes on.
  expect(await (await ann.get(at(id))).json()).toMatchObject({ title: 'New', message_count: 7 })
})

test.for([
  ['its counter', 'last_seq = last_seq + 3'],
  ['its version', 'version = version + 3'],
] as const)('overwrites nothing when D1 is ahead of the log: %s', async ([, change]) => {
  const { ann, id } = await givenSix()
  const said = listen()
  await inD1(`UPDATE conversations SET ${change} WHERE id = ?`, id)
  const row = await rowOf(id)
  expect((await ann.patch(at(id), { title: 'New' })).status).toBe(200)
  expect(await rowOf(id)).toEqual(row)
  expect(said.events('alert', id)).toMatchObject([{ alert: 'record-ahead' }])
  expect((await dutiesOf(id)).due).toMatchObject([{ kind: 'flush', attempts: 1 }])
})

test.for<[what: string, fields: string]>([
  ['who owns it', `user_id = 'somebody else'`],
  ['whose session it was', `session_id = 'another'`],
  ['that it is archived', 'is_active = 0, archived_at = 1'],
  ['a hold', 'hold = 1'],
  ['when it was used last', 'updated_at = 1, quiet_since = 1'],
])('the next change of any kind mends %s', async ([, fields]) => {
  const { ann, id } = await givenSix()
  const { updated_at: _, version: __, quiet_since: ___, ...same } = (await rowOf(id)) ?? {}
  await inD1(`UPDATE conversations SET ${fields} WHERE id = ?`, id)
  await ann.patch(at(id), { topic: 'mended' })
  expect(await rowOf(id)).toMatchObject({ ...same, topic: 'mended' })
  expect((await rowOf(id))?.['updated_at']).toBeGreaterThan(1)
  expect((await rowOf(id))?.['quiet_since']).toBeGreaterThan(1)
  await inD1(`UPDATE conversations SET ${fields} WHERE id = ?`, id)
  await ann.post(`${at(id)}/messages`, { messages: userMessages(1, 7) })
  await inRecord(id, 7)
  const { last_seq: last, head_id: head, bytes, ...fixed } = same
  expect([last, head, bytes]).toEqual([6, 'm6', expect.any(Number)])
  expect(await rowOf(id)).toMatchObject({ ...fixed, topic: 'mended', last_seq: 7 })
})
