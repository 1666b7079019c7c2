import { inStorage } from './record.ts'

/** What undoes the steps that came last, the newest first, and how many were done before them. */
const undone = {
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

/** Takes an object's tables back to before messages had `content` of every kind and branches, or to before it counted `bytes`. */
export async function asBefore(id: string, what: keyof typeof undone): Promise<void> {
  const steps = what === 'bytes' ? [undone.content, undone.bytes] : [undone.content]
  for (const statement of steps.flatMap(({ statements }) => statements)) {
    await inStorage(id, statement)
  }
  await inStorage(id, 'UPDATE schema_steps SET done = ?', undone[what].done)
}
