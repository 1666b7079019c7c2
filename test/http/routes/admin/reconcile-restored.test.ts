import { env } from 'cloudflare:workers'
import { describe, expect, test } from 'vitest'

import { append, as, at, read } from '../../../support/api.ts'
import { userMessages } from '../../../support/given.ts'
import { extraOf } from '../../../support/importing.ts'
import { given, look, nothing, restoreObject } from '../../../support/reconciling.ts'
import {
  d1Error,
  eventually,
  evict,
  inRecord,
  inStorage,
  recordOf,
  rowOf,
  underFaults,
  withRealD1,
} from '../../../support/record.ts'
import { listen } from '../../../support/said.ts'
import { historyOf } from '../../../support/turns.ts'

const names = (rows: { id: string }[]) => rows.map(({ id }) => id)

/** Six messages, a title; the object restored to the first three. */
async function givenRestored() {
  const { ann, id } = await given(6)
  await ann.patch(at(id), { title: 'Later', metadata: { of: 'the record' } })
  await eventually(async () => (await rowOf(id))?.['title'] === 'Later')
  await restoreObject(id, 3)
  await inStorage(id, `UPDATE conversation SET title = NULL, metadata = '{}'`)
  return { ann, id }
}

describe('an object restored to an earlier moment', () => {
  test('is brought up to the record when nothing contradicts, and goes on', async () => {
    const { ann, id } = await givenRestored()
    expect(await look([id])).toMatchObject({ ...nothing, ahead: [id] })
    expect(await historyOf(ann, id)).toHaveLength(3)
    expect(await look([id], false)).toMatchObject({ ahead: [id] })
    expect(names(await historyOf(ann, id))).toEqual(['m1', 'm2', 'm3', 'm4', 'm5', 'm6'])
    expect(await read(ann, id)).toMatchObject({ title: 'Later', message_count: 6 })
    expect((await append(ann, id, userMessages(1, 7))).status).toBe(201)
    await inRecord(id, 7)
    expect(names(await recordOf(id))).toEqual(names(await historyOf(ann, id)))
    expect(await look([id])).toMatchObject({ ...nothing, equal: 1 })
  })

  test('that went on says what differs, and changes nothing before it is told how', async () => {
    const { ann, id } = await givenRestored()
    listen()
    await append(ann, id, [{ id: 'n1', role: 'user', content: 'new' }])
    const found = await look([id], false)
    expect(found).toMatchObject({ different: [id] })
    expect(found.differences).toEqual([
      { conversation_id: id, seq: 4, log_id: 'n1', record_id: 'm4' },
      { conversation_id: id, seq: 5, log_id: null, record_id: 'm5' },
      { conversation_id: id, seq: 6, log_id: null, record_id: 'm6' },
    ])
    expect(names(await historyOf(ann, id))).toEqual(['m1', 'm2', 'm3', 'n1'])
    expect(names(await recordOf(id))).toEqual(['m1', 'm2', 'm3', 'm4', 'm5', 'm6'])
  })

  test.for([
    ['record', ['m1', 'm2', 'm3', 'm4', 'm5', 'm6', 'n1', 'n2'], 'Later', 'log'],
    ['log', ['m1', 'm2', 'm3', 'n1', 'n2', 'm4', 'm5', 'm6'], 'Mine', 'record'],
  ] as const)('keeps every message when %s is preferred', async ([prefer, order, title, other]) => {
    const { ann, id } = await givenRestored()
    listen()
    await append(ann, id, [
      { id: 'n1', role: 'user', content: 'new' },
      { id: 'n2', role: 'user', content: 'newer' },
    ])
    await ann.patch(at(id), { title: 'Mine' })
    expect(await look([id], false, prefer)).toMatchObject({ different: [id] })
    expect(names(await historyOf(ann, id))).toEqual(order)
    expect((await historyOf(ann, id)).map(({ seq }) => seq)).toEqual([1, 2, 3, 4, 5, 6, 7, 8])
    expect(await read(ann, id)).toMatchObject({ title, message_count: 8 })
    await inRecord(id, 8)
    expect(names(await recordOf(id))).toEqual(order)
    expect(await look([id])).toMatchObject({ ...nothing, equal: 1 })
    expect(await extraOf(id)).toMatchObject({ displaced: [{ of: other }] })
    expect((await append(ann, id, userMessages(1, 9))).status).toBe(201)
    await inRecord(id, 9)
    // A retry of what was displaced still finds it.
    const retry = await append(ann, id, [{ id: 'n1', role: 'user', content: 'new' }])
    expect(retry.status).toBe(200)
  })

  test.for(['log', 'record'] as const)(
    'is merged by a second call when D1 failed in the first (%s)',
    async (prefer) => {
      const { ann, id } = await givenRestored()
      listen()
      await append(ann, id, [{ id: 'n1', role: 'user', content: 'new' }])
      let sent = 0
      await underFaults(id, {
        before: (batch) => {
          sent = batch
          throw d1Error('Network connection lost.')
        },
      })
      await look([id], false, prefer)
      expect(sent).toBeGreaterThan(0)
      await withRealD1(id)
      await look([id], false, prefer)
      await inRecord(id, 7)
      expect(names(await historyOf(ann, id)).toSorted()).toEqual(
        ['m1', 'm2', 'm3', 'm4', 'm5', 'm6', 'n1'].toSorted(),
      )
      expect(names(await recordOf(id))).toEqual(names(await historyOf(ann, id)))
    },
  )

  test('other words under one id: both stay', async () => {
    const { ann, id } = await given(3)
    await env.DB.prepare(`UPDATE messages SET id = 'x' WHERE conversation_id = ? AND seq = 2`)
      .bind(id)
      .run()
    await env.DB.prepare(
      `UPDATE messages SET content = 'otherwise' WHERE conversation_id = ? AND seq = 3`,
    )
      .bind(id)
      .run()
    await look([id], false, 'log')
    await inRecord(id, 5)
    const all = await historyOf(ann, id)
    expect(all.map(({ content }) => content)).toEqual([
      'message 1',
      'message 2',
      'message 3',
      'message 2',
      'otherwise',
    ])
    expect(all.slice(0, 4).map((message) => message.id)).toEqual(['m1', 'm2', 'm3', 'x'])
    expect(new Set(names(all)).size).toBe(5)
  })
})

describe('an object whose storage is gone', () => {
  const lose = async (id: string) => {
    for (const table of [
      'conversation',
      'messages',
      'reply',
      'due',
      'erasure',
      'tickets',
      'used_tickets',
      'extra',
      'summaries',
      'writing',
      'indexes',
      'files',
      'schema_steps',
    ]) {
      await inStorage(id, `DROP TABLE IF EXISTS ${table}`)
    }
    await evict(id)
  }

  test('is filled again from the record, if the operator says so', async () => {
    const { ann, id } = await given(4)
    await lose(id)
    expect((await ann.get(at(id))).status).toBe(404)
    expect(await look([id], false)).toMatchObject({ orphaned: [id] })
    expect(await recordOf(id)).toHaveLength(4)
    expect(await look([id], false, 'record')).toMatchObject({ orphaned: [id] })
    expect(names(await historyOf(ann, id))).toEqual(['m1', 'm2', 'm3', 'm4'])
    expect((await append(ann, id, userMessages(1, 5))).status).toBe(201)
    await inRecord(id, 5)
    expect((await as.user().then((bob) => bob.get(at(id)))).status).toBe(404)
  })

  test('is left empty when the conversation is being erased', async () => {
    const { ann, id } = await given(2)
    await ann.post(`${at(id)}/erase`)
    expect(await look([id], false, 'record')).toMatchObject({ erasing: [id] })
    expect((await ann.get(at(id))).status).toBe(404)
  })
})
