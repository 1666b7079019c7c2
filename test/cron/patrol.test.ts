import { runInDurableObject } from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import { expect, onTestFinished, test } from 'vitest'

import { steps } from '../../src/conversation/log/schema.ts'
import { append, as, at } from '../support/api.ts'
import { givenConversation, objectOf, userMessages } from '../support/given.ts'
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
  withRealD1,
} from '../support/record.ts'
import { listen } from '../support/said.ts'
import { runCron } from '../support/visitors.ts'

const HOUR = 60 * 60_000

const down = {
  before: () => {
    throw d1Error('Network connection lost.')
  },
}

/** As the platform does after an alarm has failed too often. */
async function loseAlarm(id: string): Promise<void> {
  await runInDurableObject(objectOf(id), (_, { storage }) => storage.deleteAlarm())
  await evict(id)
}

const erasureOf = (id: string) =>
  env.DB.prepare('SELECT requested_at FROM erasures WHERE conversation_id = ?').bind(id).first()

test('a flush whose alarm is lost is made good without anybody asking', async () => {
  const ann = await as.user()
  const id = await givenConversation(ann, { messages: userMessages(1) })
  await inRecord(id, 1)
  await underFaults(id, down)
  await append(ann, id, userMessages(1, 2))
  await eventually(async () => (await dutiesOf(id)).due[0]?.attempts === 1)
  await loseAlarm(id)
  await runCron()
  await ringWhenDue(id)
  await inRecord(id, 2)
  expect(await rowOf(id)).toMatchObject({ last_seq: 2 })
})

test('an erasure whose alarm is lost goes on, and no row stands for one that is done', async () => {
  const said = listen()
  const ann = await as.user()
  const id = await givenConversation(ann, { messages: userMessages(2) })
  await inRecord(id, 2)
  await ann.post(`${at(id)}/erase`)
  expect([await rowOf(id), await erasureOf(id)]).toEqual([null, expect.anything()])
  await loseAlarm(id)
  await runCron(Date.now() + 9 * 60_000)
  expect(said.events('erasure-overdue', id)).toEqual([])
  await runCron(Date.now() + HOUR)
  expect(said.events('erasure-overdue', id)).toHaveLength(1)
  await wipeWhenDue(id)
  expect(await storedIn(id)).toEqual({ tables: [], alarm: null })
  expect(await erasureOf(id)).toBeNull()
})

test('forgets an erasure that came to its end without saying so', async () => {
  const ann = await as.user()
  const id = await givenConversation(ann, { messages: userMessages(1) })
  await env.DB.prepare('INSERT INTO erasures (conversation_id, requested_at) VALUES (?, 1), (?, 1)')
    .bind(id, crypto.randomUUID())
    .run()
  await runCron()
  expect(await env.DB.prepare('SELECT count(*) AS n FROM erasures').first('n')).toBe(0)
  expect((await ann.get(at(id))).status).toBe(200)
})

test('a restore of D1 is noticed and made good, conversation by conversation', async () => {
  const said = listen()
  const ann = await as.user()
  const id = await givenConversation(ann, { messages: userMessages(4) })
  await inRecord(id, 4)
  await env.DB.batch([
    env.DB.prepare('DELETE FROM messages WHERE conversation_id = ? AND seq > 2').bind(id),
    env.DB.prepare(
      'UPDATE conversations SET last_seq = 2, version = version - 1 WHERE id = ?',
    ).bind(id),
  ])
  await runCron()
  await inRecord(id, 4)
  expect(said.text()).toMatch(/"event":"patrol".*"behind":1/)
})

test('a log that was restored is told of: the record is ahead', async () => {
  const said = listen()
  const id = await givenConversation(await as.user(), { messages: userMessages(4) })
  await inRecord(id, 4)
  await inStorage(id, 'DELETE FROM messages WHERE seq > 2')
  await inStorage(id, 'UPDATE conversation SET last_seq = 2, flushed_seq = 2')
  await runCron()
  expect(said.events('alert', id)).toMatchObject([{ alert: 'record-ahead' }])
})

test('walks in rounds: each run goes on where the one before stopped', async () => {
  await env.DB.prepare(
    `INSERT INTO conversations (id, user_id, language, is_active, is_resolved, hold, created_at,
       updated_at, quiet_since, last_seq, summary_seq, tokens_used, metadata, version)
     WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 250)
     SELECT printf('00000000-0000-4000-8000-%012d', i), 'ghost', 'es', 1, 0, 0, 1, 1, ${Date.now()},
       0, 0, 0, '{}', 1 FROM n`,
  ).run()
  const position = () =>
    env.DB.prepare(`SELECT position ->> 'id' AS id FROM cron_positions WHERE job = 'patrol'`).first(
      'id',
    )
  await runCron()
  expect(await position()).toBe('00000000-0000-4000-8000-000000000200')
  await runCron()
  expect(await position()).toBeNull()
  await env.DB.prepare(`DELETE FROM conversations WHERE user_id = 'ghost'`).run()
})

test('an object that can not be reached takes nobody else’s turn', async () => {
  const said = listen()
  const ann = await as.user()
  const id = await givenConversation(ann, { messages: userMessages(1) })
  await inRecord(id, 1)
  const CONVERSATION = new Proxy(env.CONVERSATION, {
    get: (_, key) =>
      key === 'getByName'
        ? () => ({ checkOn: () => Promise.reject(new Error('lost')) })
        : undefined,
  })
  await runCron(Date.now(), { CONVERSATION })
  expect(said.text()).toMatch(/"event":"patrol".*"unreachable":[1-9]/)
  await withRealD1(id)
  await ring(id)
  expect((await ann.get(at(id))).status).toBe(200)
})

test('an object that can not be opened keeps its erasure on record', async () => {
  const said = listen()
  const ann = await as.user()
  const id = await givenConversation(ann, { messages: userMessages(1) })
  await inRecord(id, 1)
  await ann.post(`${at(id)}/erase`)
  const mutable = steps as string[]
  mutable.push('ALTER TABLE missing ADD COLUMN mood TEXT')
  onTestFinished(() => {
    mutable.pop()
  })
  await evict(id)
  await runCron(Date.now() + HOUR)
  expect(said.events('alert', id)).toContainEqual(
    expect.objectContaining({ alert: 'cannot-migrate' }),
  )
  expect(await erasureOf(id)).not.toBeNull()
})
