import { env } from 'cloudflare:workers'
import { expect, test } from 'vitest'

import { as, sendWith } from '../../../support/api.ts'
import { objectOf } from '../../../support/given.ts'
import { pointersOf, problemOf } from '../../../support/problems.ts'
import {
  given,
  look,
  nothing,
  operator,
  reconcile,
  snapshot,
} from '../../../support/reconciling.ts'
import {
  d1Error,
  faultyD1,
  inRecord,
  inStorage,
  rowOf,
  storedIn,
  underFaults,
  wipeWhenDue,
} from '../../../support/record.ts'
import { listen } from '../../../support/said.ts'

test('an id that is nowhere is said to be, once, and leaves nothing behind', async () => {
  const id = crypto.randomUUID()
  expect(await look([id, id], false)).toMatchObject({ ...nothing, checked: 1, absent: [id] })
  expect(await storedIn(id)).toEqual({ tables: [], alarm: null })
})

test('a conversation that is created while its old row is removed is in the record again', async () => {
  const { ann, id } = await given()
  const restore = await snapshot()
  await ann.post(`/api/conversations/${id}/erase`)
  await wipeWhenDue(id)
  await restore()
  let isCreated = false
  await underFaults(id, {
    beforeQuery: async (_, sql) => {
      if (!sql.startsWith('delete from "conversations"') || isCreated) return
      isCreated = true
      const call = {
        caller: { owner: { kind: 'user' as const, id: 'eve' }, service: null, expiresAt: null },
      }
      const beginnings = { title: 'New', topic: null, language: 'es', metadata: {} }
      await objectOf(id).create({ ...call, requestId: 'r' }, beginnings, [])
    },
  })
  await look([id], false, 'log')
  expect(isCreated).toBe(true)
  await inRecord(id, 0)
  expect(await rowOf(id)).toMatchObject({ title: 'New', user_id: 'eve' })
})

test('walks the record in bounded calls, and only what was used since', async () => {
  const ids = Array.from({ length: 105 }, () => crypto.randomUUID())
  await env.DB.prepare(
    `INSERT INTO conversations (id, session_id, language, is_active, is_resolved, hold, created_at,
       updated_at, quiet_since, last_seq, summary_seq, tokens_used, metadata, version)
     SELECT value, 'ghosts', 'es', 1, 0, 0, 0, 5, 5, 0, 0, 0, '{}', 1 FROM json_each(?)`,
  )
    .bind(JSON.stringify(ids))
    .run()
  const since = '2020-01-01T00:00:00.000Z'
  const later = await reconcile({ since })
  expect(later.next_cursor).not.toBeNull()
  expect(later.orphaned.filter((id) => ids.includes(id))).toEqual([])
  let orphaned: string[] = []
  let cursor: string | null = null
  let calls = 0
  do {
    const found = await reconcile({
      dry_run: false,
      prefer: 'log',
      ...(cursor !== null && { cursor }),
    })
    expect(found.checked).toBeLessThanOrEqual(100)
    orphaned = [...orphaned, ...found.orphaned]
    cursor = found.next_cursor
    calls += 1
  } while (cursor !== null)
  expect(calls).toBeGreaterThan(1)
  expect(orphaned.filter((id) => ids.includes(id)).toSorted()).toEqual(ids.toSorted())
  const left = await env.DB.prepare(
    `SELECT count(*) AS count FROM conversations WHERE session_id = 'ghosts'`,
  ).first<{ count: number }>()
  expect(left?.count).toBe(0)
})

test('a D1 that can not be read is a 503, and nothing is lost', async () => {
  const { db } = faultyD1(env.DB, {
    beforeQuery: () => {
      throw d1Error('Network connection lost.')
    },
  })
  const answer = await sendWith({ DB: db }, '/api/admin/reconcile', {
    method: 'POST',
    headers: { ...operator.headers, 'content-type': 'application/json' },
    body: '{}',
  })
  expect([answer.status, answer.headers.get('retry-after')]).toEqual([503, '5'])
})

test('takes ids, or a stretch of the record: not both', async () => {
  const body = { conversation_ids: [crypto.randomUUID()], since: '2026-01-01T00:00:00+01:00' }
  const problem = await problemOf(operator.post('/api/admin/reconcile', body))
  expect(pointersOf(problem)).toEqual(['/conversation_ids'])
  const cursor = await problemOf(operator.post('/api/admin/reconcile', { cursor: 'x' }))
  expect(pointersOf(cursor)).toEqual(['/cursor'])
})

test('is for services with the scope admin, and logs that it ran', async () => {
  const log = listen()
  for (const client of [await as.user(), await as.session(), as.service('staff')]) {
    const problem = await problemOf(client.post('/api/admin/reconcile', {}))
    expect(problem).toMatchObject({ status: 403 })
  }
  expect(await problemOf(as.nobody.post('/api/admin/reconcile', {}))).toMatchObject({ status: 401 })
  const id = crypto.randomUUID()
  await look([id])
  expect(log.text()).toContain('"event":"reconciled","service":"operator","dry_run":true')
  expect(await inStorage(id, 'SELECT 1 AS one')).toEqual([{ one: 1 }])
})
