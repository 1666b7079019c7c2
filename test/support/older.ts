import { runInDurableObject } from 'cloudflare:test'

import { seldomTables } from '../../src/conversation/log/tables.ts'
import { objectOf } from './given.ts'
import { inStorage } from './record.ts'

/** What undoes the steps that came last, the newest first, and how many were done before them. */
const undone = {
  files: {
    done: 15,
    statements: [
      'DROP TRIGGER files_named',
      'DROP TRIGGER files_renamed',
      'DROP TRIGGER files_gone',
      'DROP TABLE files',
    ],
  },
  indexes: { done: 14, statements: ['DROP TABLE indexes'] },
  writing: { done: 13, statements: ['DROP TABLE writing'] },
  begun: {
    done: 12,
    statements: ['ALTER TABLE conversation DROP COLUMN begun'],
  },
  brought: {
    done: 10,
    statements: [
      'DROP INDEX messages_changed',
      'ALTER TABLE messages DROP COLUMN changed_in',
      'ALTER TABLE conversation DROP COLUMN brought',
    ],
  },
  content: {
    done: 8,
    statements: [
      'DROP TABLE summaries',
      'DROP INDEX messages_branching',
      'ALTER TABLE messages DROP COLUMN parent_seq',
      'ALTER TABLE conversation DROP COLUMN head_seq',
      'ALTER TABLE conversation DROP COLUMN head_id',
      'ALTER TABLE messages DROP COLUMN extra',
      'ALTER TABLE reply DROP COLUMN reasoning',
    ],
  },
  bytes: {
    done: 7,
    statements: [
      'ALTER TABLE conversation DROP COLUMN bytes',
      'ALTER TABLE conversation DROP COLUMN owner_blocks',
    ],
  },
}

/** The newest first. */
const order = ['files', 'indexes', 'writing', 'begun', 'brought', 'content', 'bytes'] as const

/**
 * Takes an object's tables back to before it knew which `files` messages name, of `indexes` and of what is `writing`, before its row said how a reply `begun`, before it kept what files `brought`, to before messages had `content` of every kind and
 * branches, or to before it counted `bytes`.
 */
export async function asBefore(id: string, what: (typeof order)[number]): Promise<void> {
  // It made all tables at once.
  await runInDurableObject(objectOf(id), (_, { storage }) => {
    for (const statement of Object.values(seldomTables)) storage.sql.exec(statement)
  })
  const steps = order.slice(0, order.indexOf(what) + 1).map((step) => undone[step])
  for (const statement of steps.flatMap(({ statements }) => statements)) {
    await inStorage(id, statement)
  }
  await inStorage(id, 'UPDATE schema_steps SET done = ?', undone[what].done)
}
