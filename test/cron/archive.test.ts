import { env } from 'cloudflare:workers'
import { expect, test, vi } from 'vitest'

import { archiveAll } from '../../src/cron/archive.ts'
import { type Conversation, type Listed, as, bodyOf } from '../support/api.ts'
import { db, givenConversation, userMessages } from '../support/given.ts'
import { inStorage, rowOf } from '../support/record.ts'
import { runCron } from '../support/visitors.ts'

const DAY = 24 * 60 * 60 * 1000

/** As if nothing had happened in a conversation for so many days. */
async function quietFor(id: string, days: number): Promise<number> {
  const since = Date.now() - days * DAY
  await inStorage(id, 'UPDATE conversation SET quiet_since = ?', since)
  await env.DB.prepare('UPDATE conversations SET quiet_since = ? WHERE id = ?')
    .bind(since, id)
    .run()
  return since
}

test('archives what has been quiet for ninety days, since the moment it had been', async () => {
  const ann = await as.user()
  const quiet = await givenConversation(ann, { messages: userMessages(2) })
  const recent = await givenConversation(ann)
  const since = await quietFor(quiet, 91)
  await quietFor(recent, 89)
  await runCron()
  expect(await rowOf(quiet)).toMatchObject({ is_active: 0, archived_at: since + 90 * DAY })
  expect(await rowOf(recent)).toMatchObject({ is_active: 1, archived_at: null })
  const listed = await bodyOf<Listed<Conversation>>(ann.get('/api/conversations?status=archived'))
  expect(listed.data.map(({ id }) => id)).toEqual([quiet])
  const history = await ann.get(`/api/conversations/${quiet}/messages`)
  expect((await bodyOf<Listed<object>>(history)).data).toHaveLength(2)
})

test('says the same in the object before the cron job and in the record after it', async () => {
  const ann = await as.user()
  const id = await givenConversation(ann)
  await quietFor(id, 91)
  const before = await bodyOf<Conversation>(ann.get(`/api/conversations/${id}`))
  expect(before.is_active).toBe(false)
  await runCron()
  const listed = await bodyOf<Listed<Conversation>>(ann.get('/api/conversations?status=archived'))
  expect(listed.data[0]).toMatchObject({ is_active: false, archived_at: before.archived_at })
})

test('a message counts as activity: the conversation is back, and stays', async () => {
  const ann = await as.user()
  const id = await givenConversation(ann)
  await quietFor(id, 91)
  await runCron()
  await ann.post(`/api/conversations/${id}/messages`, { messages: userMessages(1) })
  const { is_active: isActive, archived_at: archivedAt } = await bodyOf<Conversation>(
    ann.get(`/api/conversations/${id}`),
  )
  expect([isActive, archivedAt]).toEqual([true, null])
  await ann.patch(`/api/conversations/${id}`, { title: 'In the record' })
  await runCron()
  expect(await rowOf(id)).toMatchObject({ is_active: 1, archived_at: null })
})

test('a message that the record has not yet is not lost to the archiver', async () => {
  const ann = await as.user()
  const id = await givenConversation(ann)
  await quietFor(id, 91)
  await ann.post(`/api/conversations/${id}/messages`, { messages: userMessages(1) })
  await runCron()
  await ann.patch(`/api/conversations/${id}`, { title: 'In the record' })
  expect(await rowOf(id)).toMatchObject({ is_active: 1, archived_at: null, last_seq: 1 })
})

test('restoring starts the ninety days anew; a new title does not', async () => {
  const ann = await as.user()
  const id = await givenConversation(ann)
  await quietFor(id, 91)
  const renamed = await bodyOf<Conversation>(
    ann.patch(`/api/conversations/${id}`, { title: 'Renamed' }),
  )
  expect(renamed.is_active).toBe(false)
  expect((await rowOf(id))?.['is_active']).toBe(0)
  const restored = await bodyOf<Conversation>(
    ann.patch(`/api/conversations/${id}`, { is_active: true }),
  )
  expect(restored).toMatchObject({ is_active: true, archived_at: null })
  await runCron(Date.now() + 89 * DAY)
  expect((await rowOf(id))?.['is_active']).toBe(1)
  await runCron(Date.now() + 91 * DAY)
  expect((await rowOf(id))?.['is_active']).toBe(0)
})

test('works a backlog off in chunks, and says when the time was not enough', async () => {
  const session = crypto.randomUUID()
  await givenQuiet(session, 1_200)
  expect(await archiveAll(db, Date.now(), 90, Date.now() - 1)).toEqual({
    count: 0,
    isFinished: false,
  })
  const said = vi.spyOn(console, 'log').mockImplementation(() => {})
  await runCron()
  const events = said.mock.calls.map(([event]: unknown[]) => event)
  said.mockRestore()
  expect(events).toContainEqual(
    expect.objectContaining({ event: 'cron', archived: 1_200, is_finished: true }),
  )
  expect(await activeOf(session)).toBe(0)
})

test('knows each active conversation by the day of its last use, whatever happens to it', async () => {
  const day = 24 * 60 * 60_000
  const [session, id] = [crypto.randomUUID(), crypto.randomUUID()]
  await givenQuiet(session, 1)
  await env.DB.prepare('UPDATE conversations SET id = ? WHERE session_id = ?')
    .bind(id, session)
    .run()
  const daysAre = async (sql: string, expected: number[]) => {
    await env.DB.prepare(`UPDATE conversations SET ${sql} WHERE id = ?`).bind(id).run()
    const { results } = await env.DB.prepare('SELECT day FROM quiet_days WHERE id = ?')
      .bind(id)
      .all<{ day: number }>()
    expect(results.map((row) => row.day)).toEqual(expected)
  }
  await daysAre(`quiet_since = ${3 * day}`, [3])
  await daysAre(`quiet_since = ${4 * day - 1}`, [3])
  await daysAre(`quiet_since = ${4 * day}, is_active = 1`, [4])
  await daysAre('is_active = 0', [])
  await daysAre(`quiet_since = ${5 * day}`, [])
  await daysAre('is_active = 1', [5])
  await env.DB.prepare('DELETE FROM conversations WHERE id = ?').bind(id).run()
  await daysAre('hold = 0', [])
})

test('archives nothing that is not due yet of the day on which some are', async () => {
  const session = crypto.randomUUID()
  const due = 20_000 * 24 * 60 * 60_000 + 1_000
  await givenQuiet(session, 3)
  await env.DB.prepare(
    'UPDATE conversations SET quiet_since = ? + quiet_since WHERE session_id = ?',
  )
    .bind(due - 2, session)
    .run()
  const after = 90 * 24 * 60 * 60_000
  await archiveAll(db, due + after, 90, Date.now() + 60_000)
  expect(await activeOf(session)).toBe(1)
  await archiveAll(db, due + after + 1, 90, Date.now() + 60_000)
  expect(await activeOf(session)).toBe(0)
})

/** Rows of the record as a backlog would have them. */
const givenQuiet = (session: string, count: number) =>
  env.DB.prepare(
    `WITH RECURSIVE some (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM some WHERE n < ?1)
     INSERT INTO conversations (id, session_id, language, is_active, is_resolved, hold, created_at,
       updated_at, quiet_since, last_seq, summary_seq, tokens_used, metadata, version)
     SELECT ?2 || n, ?2, 'es', 1, 0, 0, n, n, n, 0, 0, 0, '{}', 1 FROM some`,
  )
    .bind(count, session)
    .run()

const activeOf = async (session: string) =>
  (
    await env.DB.prepare(
      'SELECT count(*) AS count FROM conversations WHERE session_id = ? AND is_active = 1',
    )
      .bind(session)
      .first<{ count: number }>()
  )?.count
