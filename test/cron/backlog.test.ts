import { env } from 'cloudflare:workers'
import { expect, test } from 'vitest'

import { archiveAll } from '../../src/cron/archive.ts'
import { openDatabase } from '../../src/storage/database.ts'
import { faultyD1 } from '../support/record.ts'

const BACKLOG = 100_000

/** Rows of the record as a backlog would have them: half of them visitors', half of them users'. */
const givenQuiet = (count: number) =>
  env.DB.prepare(
    `WITH RECURSIVE some (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM some WHERE n < ?)
     INSERT INTO conversations (id, user_id, session_id, language, is_active, is_resolved, hold,
       created_at, updated_at, quiet_since, last_seq, summary_seq, tokens_used, metadata, version)
     SELECT 'c' || n, CASE WHEN n % 2 THEN 'u' || (n % 1000) END, 's' || (n % 1000), 'es', 1, 0, 0, n, n, n,
       0, 0, 0, '{}', 1 FROM some`,
  )
    .bind(count)
    .run()

test('archives a hundred thousand in chunks, at a cost that does not grow with the backlog', async () => {
  await givenQuiet(BACKLOG)
  const chunks: D1Meta[] = []
  const { db } = faultyD1(env.DB, { afterQuery: (_, __, meta) => void chunks.push(meta) })
  const archived = await archiveAll(openDatabase(db), Date.now(), 90, Date.now() + 60_000)
  expect(archived).toEqual({ count: BACKLOG, isFinished: true })
  expect(chunks.length).toBe(BACKLOG / 500 + 1)
  const each = (key: 'rows_read' | 'rows_written', some: D1Meta[]) =>
    some.reduce((sum, meta) => sum + meta[key], 0) / (some.length * 500)
  const full = chunks.slice(0, -1)
  const read = each('rows_read', full)
  const written = each('rows_written', full)
  console.info(
    `${BACKLOG} archived in ${full.length} chunks: ${read} rows read, ${written} written each`,
  )
  // Its row; into the owner's index anew, out of the days, into the archived.
  expect(written).toBeLessThanOrEqual(4)
  expect(read).toBeLessThanOrEqual(8)
  const [first, last] = [full.slice(0, 10), full.slice(-10)]
  expect(each('rows_read', last)).toBeLessThanOrEqual(each('rows_read', first) + 0.1)
  const left = env.DB.prepare('SELECT count(*) AS n FROM conversations WHERE is_active = 1')
  expect((await left.first<{ n: number }>())?.n).toBe(0)
}, 60_000)
