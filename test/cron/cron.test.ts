import { createScheduledController } from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import { expect, test, vi } from 'vitest'

import worker from '../../src/worker.ts'
import { as } from '../support/api.ts'
import { givenConversation } from '../support/given.ts'
import { rowOf } from '../support/record.ts'
import { aVisitor } from '../support/visitors.ts'

const DAY = 24 * 60 * 60 * 1000

/** What a run says, and does nothing else but what it is told to. */
async function runWith(changed: Partial<Env>, now = Date.now()): Promise<unknown[]> {
  const said: unknown[] = []
  const spies = (['log', 'error'] as const).map((level) =>
    vi.spyOn(console, level).mockImplementation((event: unknown) => void said.push(event)),
  )
  await worker.scheduled(createScheduledController({ scheduledTime: new Date(now) }), {
    ...env,
    ...changed,
  })
  for (const spy of spies) spy.mockRestore()
  return said
}

test('says in one event what it did and how long it took', async () => {
  const said = await runWith({})
  expect(said).toContainEqual({
    event: 'cron',
    archived: expect.any(Number),
    claimed: expect.any(Number),
    erased: expect.any(Number),
    patrolled: expect.any(Number),
    is_finished: true,
    took_ms: expect.any(Number),
    version: expect.any(String),
  })
})

test('does what it can when one job fails, and says which', async () => {
  const id = await givenConversation(await as.user())
  const links = new Proxy(env.DB, {
    get(target, key) {
      const value: unknown = Reflect.get(target, key)
      if (key !== 'prepare') return typeof value === 'function' ? value.bind(target) : value
      return (sql: string) => {
        if (sql.includes('session_links')) throw new Error('D1_ERROR: Network connection lost.')
        return target.prepare(sql)
      }
    },
  })
  const said = await runWith({ DB: links }, Date.now() + 91 * DAY)
  expect(said).toContainEqual(expect.objectContaining({ event: 'cron-failed', job: 'links' }))
  expect(said).toContainEqual(expect.objectContaining({ event: 'cron', is_finished: false }))
  expect(await rowOf(id)).toMatchObject({ is_active: 0 })
})

test('finishes a link of more conversations than it claims side by side', async () => {
  const { id: sessionId, client: visitor } = await aVisitor()
  const ids: string[] = []
  for (let count = 0; count < 25; count += 1) ids.push(await givenConversation(visitor))
  const user = crypto.randomUUID()
  await env.DB.prepare(
    'INSERT INTO session_links (session_id, user_id, linked_at) VALUES (?, ?, ?)',
  )
    .bind(sessionId, user, Date.now())
    .run()
  const said = await runWith({ JURISDICTION: '' })
  expect(said).toContainEqual(expect.objectContaining({ event: 'cron', claimed: 25 }))
  for (const id of ids) expect((await rowOf(id))?.['user_id']).toBe(user)
})

test('counts ninety days when its setting makes no sense', async () => {
  const id = await givenConversation(await as.user())
  await runWith({ ARCHIVE_AFTER_DAYS: 'soon' }, Date.now() + 89 * DAY)
  expect(await rowOf(id)).toMatchObject({ is_active: 1 })
  await runWith({ ARCHIVE_AFTER_DAYS: 'soon' }, Date.now() + 91 * DAY)
  expect(await rowOf(id)).toMatchObject({ is_active: 0 })
})

test.for([
  [0.5, []],
  [0.75, ['database-size']],
  [0.95, ['database-size', 'alert']],
] as const)('says how full the database is: %s', async ([share, events]) => {
  const bytes = 10 ** 9 * share
  const sized = new Proxy(env.DB, {
    get(target, key) {
      const value: unknown = Reflect.get(target, key)
      if (key !== 'prepare') return typeof value === 'function' ? value.bind(target) : value
      return (sql: string) =>
        sql === 'SELECT 1'
          ? { run: async () => ({ meta: { size_after: bytes } }) }
          : target.prepare(sql)
    },
  })
  const said = await runWith({ DB: sized, DATABASE_MAX_GB: '1' })
  const told = said.filter((event) => 'percent' in (event as object))
  expect(told).toEqual(
    events.map((event) => expect.objectContaining({ event, percent: share * 100 })),
  )
})
