import { env } from 'cloudflare:workers'
import { expect, test } from 'vitest'

import { eraseExpired } from '../../src/cron/retention.ts'
import { as } from '../support/api.ts'
import { DAY, givenArchived, standing } from '../support/archived.ts'
import { db, givenConversation, userMessages } from '../support/given.ts'
import { inStorage, rowOf, storedIn, underSettings, wipeWhenDue } from '../support/record.ts'
import { listen } from '../support/said.ts'
import { aVisitor, logIn, runCron } from '../support/visitors.ts'

test('erases nothing unless it is told to', async () => {
  const ids = [
    await givenArchived(await as.user(), 10_000, {}),
    await givenArchived(await as.session(), 10_000, {}),
  ]
  await runCron()
  expect(await standing(ids)).toEqual([true, true])
})

test('erases what has been archived for so many days, whose ever it is', async () => {
  const log = listen()
  const settings = { ERASE_AFTER_DAYS: '30' }
  const [ann, visitor] = [await as.user(), await as.session()]
  const old = [await givenArchived(ann, 31, settings), await givenArchived(visitor, 31, settings)]
  const recent = await givenArchived(ann, 29, settings)
  const active = await givenConversation(ann)
  await runCron(Date.now(), settings)
  expect(await standing([...old, recent, active])).toEqual([false, false, true, true])
  for (const id of old) {
    expect(log.events('erased', id)).toMatchObject([{ by: 'retention', messages: 1 }])
    await wipeWhenDue(id)
    expect(await storedIn(id)).toEqual({ tables: [], alarm: null })
  }
  expect(log.text()).toContain('"erased":2')
})

test('erases conversations that no user ever claimed after days of their own', async () => {
  const settings = { ERASE_ANONYMOUS_AFTER_DAYS: '7' }
  const visitor = await aVisitor()
  const claimed = await givenArchived(visitor.client, 8, settings)
  await logIn(visitor.token, crypto.randomUUID())
  const ids = [
    await givenArchived(await as.session(), 8, settings),
    await givenArchived(await as.session(), 6, settings),
    await givenArchived(await as.user(), 8, settings),
    claimed,
  ]
  await runCron(Date.now(), settings)
  expect(await standing(ids)).toEqual([false, true, true, true])
})

test('the shorter of the two counts for anonymous ones', async () => {
  const settings = { ERASE_AFTER_DAYS: '7', ERASE_ANONYMOUS_AFTER_DAYS: '30' }
  const ids = [
    await givenArchived(await as.session(), 8, settings),
    await givenArchived(await as.user(), 8, settings),
  ]
  await runCron(Date.now(), settings)
  expect(await standing(ids)).toEqual([false, false])
})

test('goes by the clock of the run, from the moment at which it was archived by time', async () => {
  const settings = { ERASE_AFTER_DAYS: '30' }
  const ann = await as.user()
  const id = await givenConversation(ann)
  await underSettings(id, settings)
  await runCron(Date.now() + 119 * DAY, settings)
  expect(await rowOf(id)).toMatchObject({ is_active: 0 })
  await runCron(Date.now() + 121 * DAY, settings)
  expect(await standing([id])).toEqual([false])
})

test('leaves alone what is on hold, in the record or only in the log as yet', async () => {
  const settings = { ERASE_AFTER_DAYS: '30' }
  const ann = await as.user()
  const held = await givenArchived(ann, 31, settings)
  await as.service('counsel').patch(`/api/conversations/${held}`, { hold: true })
  const heldInLog = await givenArchived(ann, 31, settings)
  await inStorage(heldInLog, 'UPDATE conversation SET hold = 1')
  await runCron(Date.now(), settings)
  expect(await standing([held, heldInLog])).toEqual([true, true])
})

test('leaves alone what came back a moment ago, before the record knows', async () => {
  const settings = { ERASE_AFTER_DAYS: '30' }
  const ann = await as.user()
  const id = await givenArchived(ann, 31, settings)
  await ann.post(`/api/conversations/${id}/messages`, { messages: userMessages(1, 2) })
  expect(await rowOf(id)).toMatchObject({ is_active: 0 })
  await runCron(Date.now(), settings)
  expect((await ann.get(`/api/conversations/${id}`)).status).toBe(200)
  expect(await standing([id])).toEqual([true])
})

test('a setting that makes no sense erases nothing, and says so', async () => {
  const log = listen()
  const id = await givenArchived(await as.user(), 10_000, {})
  await runCron(Date.now(), { ERASE_AFTER_DAYS: '0' })
  expect(await standing([id])).toEqual([true])
  expect(log.text()).toContain(
    '"event":"cron-failed","job":"erase","error":"ERASE_AFTER_DAYS is not',
  )
})

test('goes on where it stopped, past what can not be reached, and says when time is over', async () => {
  const retention = { days: 30, anonymousDays: undefined }
  const settings = { ERASE_AFTER_DAYS: '30' }
  const session = await as.session()
  const ids: string[] = []
  for (let n = 0; n < 22; n += 1) ids.push(await givenArchived(session, 40 + n, settings))
  expect(await eraseExpired(db, env, retention, Date.now(), Date.now() - 1)).toEqual({
    count: 0,
    isFinished: false,
  })
  const unreachable = ids[5] ?? ''
  const reach = {
    ...env,
    CONVERSATION: new Proxy(env.CONVERSATION, {
      get: (target, key) =>
        key === 'getByName'
          ? (name: string) =>
              name === unreachable
                ? { eraseExpired: () => Promise.reject(new Error('lost')) }
                : target.getByName(name)
          : Reflect.get(target, key),
    }),
  }
  const first = await eraseExpired(db, reach, retention, Date.now(), Date.now() + 60_000)
  expect(first).toEqual({ count: 21, isFinished: true })
  expect(await standing([unreachable])).toEqual([true])
  const second = await eraseExpired(db, env, retention, Date.now(), Date.now() + 60_000)
  expect(second.count).toBe(1)
})

const since = 'CASE WHEN archived_at > quiet_since THEN archived_at ELSE quiet_since END'

test.each([0, 1])('finds them by their index (anonymous: %i)', async (isAnonymous) => {
  const { results } = await env.DB.prepare(
    `EXPLAIN QUERY PLAN SELECT ${since} AS time, id FROM conversations
     WHERE is_active = 0 AND hold = 0 AND (user_id IS NULL) = ${isAnonymous}
     AND ${since} <= ? AND (${since}, id) > (?, ?) ORDER BY ${since}, id LIMIT 20`,
  )
    .bind(0, 0, '')
    .all<{ detail: string }>()
  expect(results.map(({ detail }) => detail)).toEqual([
    expect.stringMatching(/^SEARCH .* conversations_by_archived/),
  ])
})
