import { env } from 'cloudflare:workers'
import { expect, test } from 'vitest'

import { as, at } from '../support/api.ts'
import { givenConversation, userMessages } from '../support/given.ts'
import { rowOf } from '../support/record.ts'
import { listen } from '../support/said.ts'
import { aVisitor, givenCutLink, link, logIn, runCron } from '../support/visitors.ts'

const RUN_MS = 15 * 60_000

const linkRow = (sessionId: string) =>
  env.DB.prepare('SELECT finished_at, attempts, retry_at FROM session_links WHERE session_id = ?')
    .bind(sessionId)
    .first<{ finished_at: number | null; attempts: number; retry_at: number }>()

/** A namespace of objects, one of which can't be told anything. */
const withBroken = (brokenId: string): Env['CONVERSATION'] =>
  new Proxy(env.CONVERSATION, {
    get(target, key) {
      if (key === 'getByName') {
        return (name: string) =>
          name === brokenId
            ? { claim: () => Promise.reject(new Error('internal error')) }
            : target.getByName(name)
      }
      const value: unknown = Reflect.get(target, key)
      return typeof value === 'function' ? value.bind(target) : value
    },
  })

test('a login that hands everything over closes its link by itself', async () => {
  const visitor = await aVisitor()
  const id = await givenConversation(visitor.client)
  expect(await logIn(visitor.token, crypto.randomUUID())).toMatchObject({ linked: 1 })
  expect(await linkRow(visitor.id)).toMatchObject({ finished_at: expect.any(Number), attempts: 0 })
  expect((await visitor.client.get(at(id))).status).toBe(404)
})

test('one run finishes a cut link, however many links were left before it', async () => {
  const now = Date.now()
  await env.DB.prepare(
    `INSERT INTO session_links (session_id, user_id, linked_at)
     WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 220)
     SELECT 'logged-in-' || i, 'user-' || i, ${now - 3_600_000} + i FROM n`,
  ).run()
  const visitor = await aVisitor()
  const id = await givenConversation(visitor.client, { messages: userMessages(1) })
  await givenCutLink(visitor.id, 'the-user')
  await runCron(now + RUN_MS)
  expect((await rowOf(id))?.['user_id']).toBe('the-user')
  const left = env.DB.prepare('SELECT count(*) AS n FROM session_links WHERE finished_at IS NULL')
  expect(await left.first('n')).toBe(0)
})

test('an object that fails holds up no other link, and is tried again later each time', async () => {
  const said = listen()
  const bad = await aVisitor()
  const [badId, sameVisitors] = [
    await givenConversation(bad.client),
    await givenConversation(bad.client),
  ]
  const good = await aVisitor()
  const goodId = await givenConversation(good.client)
  await givenCutLink(bad.id, 'u-bad')
  await givenCutLink(good.id, 'u-good')
  const settings = { CONVERSATION: withBroken(badId) }
  const start = Date.now()
  await runCron(start, settings)
  expect((await rowOf(goodId))?.['user_id']).toBe('u-good')
  expect((await rowOf(sameVisitors))?.['user_id']).toBe('u-bad')
  expect(await linkRow(bad.id)).toEqual({
    finished_at: null,
    attempts: 1,
    retry_at: start + RUN_MS,
  })
  // Not due yet.
  await runCron(start + RUN_MS - 1, settings)
  expect(await linkRow(bad.id)).toMatchObject({ attempts: 1 })
  await runCron(start + RUN_MS, settings)
  expect(await linkRow(bad.id)).toMatchObject({ attempts: 2, retry_at: start + 3 * RUN_MS })
  expect(said.all('link-failed')).toMatchObject([
    { attempts: 1, error: 'Error' },
    { attempts: 2, error: 'Error' },
  ])
  await runCron(start + 3 * RUN_MS)
  expect((await rowOf(badId))?.['user_id']).toBe('u-bad')
  expect(await linkRow(bad.id)).toMatchObject({ finished_at: start + 3 * RUN_MS })
})

test('a link that was closed is open again once it is widened', async () => {
  const visitor = await aVisitor()
  const [one, two] = [
    await givenConversation(visitor.client),
    await givenConversation(visitor.client),
  ]
  const user = await as.user('u-wide')
  const narrow = { session_token: visitor.token, conversation_ids: [one] }
  expect((await link(user, narrow)).status).toBe(200)
  expect((await rowOf(two))?.['user_id']).toBeNull()
  await env.DB.prepare(
    'UPDATE session_links SET narrowed_to = NULL, finished_at = NULL WHERE session_id = ?',
  )
    .bind(visitor.id)
    .run()
  await runCron()
  expect((await rowOf(two))?.['user_id']).toBe('u-wide')
})
