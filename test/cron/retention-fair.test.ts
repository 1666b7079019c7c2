import { env } from 'cloudflare:workers'
import { expect, test } from 'vitest'

import { eraseExpired } from '../../src/cron/retention.ts'
import { openDatabase } from '../../src/storage/database.ts'
import { as } from '../support/api.ts'
import { DAY, givenArchived, standing } from '../support/archived.ts'
import { asLines, exported } from '../support/given-exports.ts'
import { db } from '../support/given.ts'
import { importingOne } from '../support/importing.ts'
import { eventually, faultyD1, rowOf, underSettings } from '../support/record.ts'
import { listen } from '../support/said.ts'
import { runCron } from '../support/visitors.ts'

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
  ).rejects.toThrow('Failed query')
  await eraseExpired(db, env, retention, Date.now(), Infinity)
  expect(await standing([id])).toEqual([false])
  // It went on if the other one stopped.
  const asked = /"retention-passed-over","conversations":(\d+)/.exec(said.text())?.[1]
  expect(Number(asked)).toBeLessThan(100)
  await env.DB.prepare(`DELETE FROM conversations WHERE user_id = 'ghost'`).run()
})

const importedAt = async (time: string) =>
  importingOne(
    await as.user(),
    await asLines([
      exported({
        messages: [{ created_at: time }],
        fields: { is_active: false, archived_at: time, created_at: time, updated_at: time },
      }),
    ]),
  )

test.for([
  ['long ago', '2001-01-01T00:00:00.000Z'],
  ['before 1970', '1901-01-01T00:00:00.000Z'],
  ['in a time to come', '2901-01-01T00:00:00.000Z'],
] as const)(
  'an import that was archived elsewhere %s is kept as long as any other',
  async ([, time]) => {
    const settings = { ERASE_AFTER_DAYS: '30' }
    const { id, conversation } = await importedAt(time)
    expect(conversation).toMatchObject({ is_active: false })
    await eventually(async () => (await rowOf(id)) !== null)
    await underSettings(id, settings)
    await runCron(Date.now() + 29 * DAY, settings)
    expect(await standing([id])).toEqual([true])
    await runCron(Date.now() + 31 * DAY, settings)
    expect(await standing([id])).toEqual([false])
  },
)
