import { runInDurableObject } from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import { describe, expect, test } from 'vitest'

import { append, as, at, read } from '../../../support/api.ts'
import { givenConversation, objectOf, userMessages } from '../../../support/given.ts'
import { given, look, nothing } from '../../../support/reconciling.ts'
import {
  d1Error,
  evict,
  inRecord,
  inStorage,
  recordOf,
  rowOf,
  storedIn,
  underFaults,
  withRealD1,
} from '../../../support/record.ts'
import { listen } from '../../../support/said.ts'
import { historyOf } from '../../../support/turns.ts'

/** An object of which nothing is left; the record still shows the conversation. */
async function lose(id: string): Promise<void> {
  await runInDurableObject(objectOf(id), (_, { storage }) => storage.deleteAll())
  await evict(id)
}

const words = async (id: string) => (await recordOf(id)).map(({ content }) => content)

/** The record goes on to message 2600: more than D1 is asked for at once, several times. */
const lengthen = (id: string) =>
  env.DB.batch([
    env.DB.prepare(
      `INSERT INTO messages (conversation_id, seq, id, role, origin, content, status, created_at)
       WITH RECURSIVE n(i) AS (SELECT 2 UNION ALL SELECT i + 1 FROM n WHERE i < 2600)
       SELECT ?, i, 'm' || i, 'user', 'client', 'message ' || i, 'complete', 1 FROM n`,
    ).bind(id),
    env.DB.prepare(
      'UPDATE conversations SET last_seq = 2600, version = 9, updated_at = updated_at + 1 WHERE id = ?',
    ).bind(id),
  ])

describe('an id that was used anew, while the record shows the conversation before', () => {
  test.for(['log', 'record', undefined] as const)(
    'two owners’ conversations are never joined (prefer %s)',
    async (prefer) => {
      listen()
      const { id } = await given(3)
      await lose(id)
      const bob = await as.user()
      expect((await bob.post('/api/conversations', { id })).status).toBe(201)
      expect(await look([id])).toMatchObject({ ...nothing, replaced: [id] })
      expect(await look([id], false, prefer)).toMatchObject({ ...nothing, replaced: [id] })
      expect(await historyOf(bob, id)).toEqual([])
      expect(await read(bob, id)).toMatchObject({ title: null, message_count: 0 })
      const kept = prefer === 'log' ? [] : ['message 1', 'message 2', 'message 3']
      expect(await words(id)).toEqual(kept)
    },
  )

  test('prefer log: the record shows the log’s conversation, its owner and its words', async () => {
    listen()
    const { id } = await given(3)
    await lose(id)
    const bob = await as.user('bob-anew')
    await bob.post('/api/conversations', {
      id,
      messages: [{ id: 'm1', role: 'user', content: 'bob' }],
    })
    await look([id], false, 'log')
    await inRecord(id, 1)
    expect(await words(id)).toEqual(['bob'])
    expect(await rowOf(id)).toMatchObject({ user_id: 'bob-anew' })
    expect((await append(bob, id, userMessages(1, 2))).status).toBe(201)
    await inRecord(id, 2)
    expect(await look([id])).toMatchObject({ ...nothing, equal: 1 })
  })

  test('prefer log: all of a long one goes', async () => {
    listen()
    const { id } = await given(1)
    await lengthen(id)
    await lose(id)
    const bob = await as.user()
    await bob.post('/api/conversations', { id })
    await look([id], false, 'log')
    expect(await words(id)).toEqual([])
  })

  test('one owner’s comes back only if the operator says so, and then both are kept', async () => {
    listen()
    const { ann, id } = await given(3)
    await lose(id)
    await ann.post('/api/conversations', {
      id,
      messages: [{ id: 'n1', role: 'user', content: 'new' }],
    })
    expect(await look([id], false)).toMatchObject({ ...nothing, replaced: [id] })
    expect(await historyOf(ann, id)).toHaveLength(1)
    await look([id], false, 'record')
    await inRecord(id, 4)
    const all = await historyOf(ann, id)
    expect(all.map(({ id: name }) => name)).toEqual(['m1', 'm2', 'm3', 'n1'])
    expect(await look([id])).toMatchObject({ ...nothing, equal: 1 })
  })
})

test('a log that was used later than the record is not filled from it unasked', async () => {
  listen()
  const { ann, id } = await given(4)
  // As after an erasure and a second import: the same beginning, the same dates, and used since.
  await inStorage(id, 'DELETE FROM messages WHERE seq > 2')
  await inStorage(
    id,
    `UPDATE conversation SET last_seq = 2, flushed_seq = 2, version = 1, flushed_version = 1,
     quiet_since = quiet_since + 1000`,
  )
  await evict(id)
  expect(await look([id], false)).toMatchObject({
    ...nothing,
    different: [id],
    differences: [{}, {}],
  })
  expect(await historyOf(ann, id)).toHaveLength(2)
  await look([id], false, 'record')
  expect(await historyOf(ann, id)).toHaveLength(4)
})

test('two calls at once lose nothing, however long the conversation is', async () => {
  const { ann, id } = await given(1)
  await lengthen(id)
  const calls = Array.from({ length: 4 }, () => look([id], false, 'record'))
  for (const found of await Promise.all(calls)) expect(found.failed).toEqual([])
  await inRecord(id, 2600)
  expect(await words(id)).toEqual(
    Array.from({ length: 2600 }, (_, index) => `message ${index + 1}`),
  )
  expect(await read(ann, id)).toMatchObject({ message_count: 2600 })
  expect((await ann.get(at(id))).status).toBe(200)
})

test('a copy that a cut call has left goes when the object wakes', async () => {
  const { id } = await given(2)
  await lose(id)
  await inStorage(id, 'CREATE TABLE staged (seq INTEGER PRIMARY KEY, content TEXT)')
  await inStorage(id, `INSERT INTO staged VALUES (1, 'said')`)
  await evict(id)
  expect((await (await as.user()).get(at(id))).status).toBe(404)
  expect(await storedIn(id)).toEqual({ tables: [], alarm: null })
})

test('an empty object that could not be filled keeps nothing of the record', async () => {
  listen()
  const { id } = await given(2)
  await lose(id)
  let reads = 0
  await underFaults(id, {
    beforeQuery: (_, sql) => {
      if (sql.includes('messages')) reads += 1
      if (reads > 1) throw d1Error('Network connection lost.')
    },
  })
  expect(await look([id], false, 'record')).toMatchObject({ failed: [id] })
  expect(reads).toBe(2)
  expect(await storedIn(id)).toEqual({ tables: [], alarm: null })
  await withRealD1(id)
  expect(await look([id], false, 'record')).toMatchObject({ orphaned: [id] })
  expect(await words(id)).toHaveLength(2)
})

test('somebody who creates the conversation meanwhile is not given another’s words', async () => {
  listen()
  const { id } = await given(2)
  await lose(id)
  const bob = await as.user()
  await underFaults(id, {
    afterQuery: async (query) => {
      if (query === 1) await bob.post('/api/conversations', { id })
    },
  })
  await look([id], false, 'record')
  expect(await read(bob, id)).toMatchObject({ message_count: 0 })
  expect(await historyOf(bob, id)).toEqual([])
  expect(await words(id)).toHaveLength(2)
})

test('one that is created while the record is asked keeps its row', async () => {
  const said = listen()
  const id = crypto.randomUUID()
  const bob = await as.user()
  await underFaults(id, {
    beforeQuery: async (query) => {
      if (query > 1) return
      await givenConversation(bob, { id, messages: userMessages(2) })
      await inRecord(id, 2)
    },
  })
  expect(await look([id], false, 'log')).toMatchObject({ equal: 1, orphaned: [] })
  expect(said.events('record-behind', id)).toEqual([])
  expect(await historyOf(bob, id)).toHaveLength(2)
})
