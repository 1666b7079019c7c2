import { readFileSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'

import { expect, test } from 'vitest'

const FOLDER = join(import.meta.dirname, '../../migrations')
const files = readdirSync(FOLDER)
  .filter((name) => name.endsWith('.sql'))
  .toSorted()

const DAY = 24 * 60 * 60_000

function apply(db: DatabaseSync, some: string[]): void {
  for (const name of some) {
    const text = readFileSync(join(FOLDER, name), 'utf8')
    for (const statement of text.split('--> statement-breakpoint')) db.exec(statement)
  }
}

test('what stood before there were tables of owners and days stands in them too', () => {
  const db = new DatabaseSync(':memory:')
  const first = files.findIndex((name) => name.startsWith('0007'))
  apply(db, files.slice(0, first))
  const insert = db.prepare(
    `INSERT INTO conversations (id, user_id, session_id, language, is_active, is_resolved, hold, created_at,
       updated_at, quiet_since, last_seq, summary_seq, tokens_used, metadata, version)
     VALUES (?, ?, ?, 'es', ?, 0, 0, 1, 1, ?, 0, 0, 0, '{}', 1)`,
  )
  insert.run('of a user', 'ann', 's1', 1, 3 * DAY + 5)
  insert.run('archived', null, 's1', 0, 5)
  insert.run('of a session', null, 's2', 1, DAY - 1)
  apply(db, files.slice(first))
  const read = (sql: string) =>
    db
      .prepare(sql)
      .all()
      .map((row) => Object.values(row))
  expect(read('SELECT owner, id FROM owned ORDER BY owner')).toEqual([
    ['session:s1', 'archived'],
    ['session:s2', 'of a session'],
    ['user:ann', 'of a user'],
  ])
  expect(read('SELECT day, id FROM quiet_days ORDER BY day')).toEqual([
    [0, 'of a session'],
    [3, 'of a user'],
  ])
})
