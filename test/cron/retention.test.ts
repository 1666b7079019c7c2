import { env } from 'cloudflare:workers'
import { expect, test } from 'vitest'

import { eraseExpired } from '../../src/cron/retention.ts'
import { openDatabase } from '../../src/storage/database.ts'
import { type Client, as } from '../support/api.ts'
import { asLines, exported } from '../support/given-exports.ts'
import { db, givenConversation, userMessages } from '../support/given.ts'
import { importingOne } from '../support/importing.ts'
import {
  eventually,
  faultyD1,
  inStorage,
  rowOf,
  storedIn,
  underSettings,
  wipeWhenDue,
} from '../support/record.ts'
import { listen } from '../support/said.ts'
import { aVisitor, logIn, runCron } from '../support/visitors.ts'

const DAY = 24 * 60 * 60 * 1000
type Settings = Partial<Pick<Env, 'ERASE_AFTER_DAYS' | 'ERASE_ANONYMOUS_AFTER_DAYS'>>

/** A conversation that was archived so many days ago, under settings for how long it is kept. */
async function givenArchived(client: Client, days: number, settings: Settings): Promise<string> {
  const id = await givenConversation(client, { messages: userMessages(1) })
  await client.delete(`/api/conversations/${id}`)
  const at = Date.now() - days * DAY
  await inStorage(id, 'UPDATE conversation SET archived_at = ?1, quiet_since = ?1', at)
  await env.DB.prepare('UPDATE conversations SET archived_at = ?1, quiet_since = ?1 WHERE id = ?2')
    .bind(at, id)
    .run()
  await underSettings(id, settings)
  return id
}

const standing = async (ids: string[]): Promise<boolean[]> =>
  Promise.all(ids.map(async (id) => (await rowOf(id)) !== null))

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

test('rows that no object stands behind starve nobody', async () => {
  const said = listen()
  const settings = { ERASE_AFTER_DAYS: '30' }
  await env.DB.prepare(
    `INSERT INTO conversations (id, user_id, language, is_active, is_resolved, hold, created_at,
       updated_at, quiet_since, archived_at, last_seq, summary_seq, tokens_used, metadata, version)
     WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 100)
     SELECT 'ghost-' || i, 'ghost', 'es', 0, 0, 0, 1, 1, 1, 1000 + i, 0, 0, 0, '{}', 1 FROM n`,
  ).run()
  const id = await givenArchived(await as.user(), 31, settings)
  const retention = { days: 30, anonymousDays: undefined }
  // A run that ends in the middle, as one does that has asked as many objects as it may.
  let reads = 0
  const { db: cut } = faultyD1(env.DB, {
    afterQuery: (_, sql) => {
      if (sql.includes('conversations')) reads += 1
      if (reads > 2) throw new Error('the run is over')
    },
  })
  await expect(
    eraseExpired(openDatabase(cut), env, retention, Date.now(), Infinity),
  ).rejects.toThrow()
  await eraseExpired(db, env, retention, Date.now(), Infinity)
  expect(await standing([id])).toEqual([false])
  // It went on where the other one stopped.
  const asked = /"retention-passed-over","conversations":(\d+)/.exec(said.text())?.[1]
  expect(Number(asked)).toBeLessThan(100)
  await env.DB.prepare(`DELETE FROM conversations WHERE user_id = 'ghost'`).run()
})

test('an import that was archived elsewhere long ago is kept as long as any other', async () => {
  const settings = { ERASE_AFTER_DAYS: '30' }
  const ann = await as.user()
  const long = '2001-01-01T00:00:00.000Z'
  const theirs = exported({
    messages: [{ created_at: long }],
    fields: {
      is_active: false,
      archived_at: long,
      created_at: long,
      updated_at: long,
    },
  })
  const { id, conversation } = await importingOne(ann, await asLines([theirs]))
  expect(conversation).toMatchObject({ is_active: false, archived_at: long, created_at: long })
  await eventually(async () => (await rowOf(id)) !== null)
  await underSettings(id, settings)
  await runCron(Date.now() + 29 * DAY, settings)
  expect(await standing([id])).toEqual([true])
  await runCron(Date.now() + 31 * DAY, settings)
  expect(await standing([id])).toEqual([false])
})
