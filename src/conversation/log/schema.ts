import { namedFiles } from './named-files.ts'
import { STEPS_HELD, newTables } from './new-tables.ts'
import { STAGED } from './staged.ts'
import type { Tables } from './tables.ts'

/**
 * The log's tables, as steps that are never changed, only added to: an object that an older version made runs
 * the ones it lacks when it wakes. `PRAGMA user_version` is refused here, so a table holds the count. A new step can't take
 * any of the tables in `tables.ts` for there: it begins with what makes that table as it was.
 */
export const steps: readonly string[] = [
  `CREATE TABLE conversation (
    id TEXT PRIMARY KEY, user_id TEXT, session_id TEXT, language TEXT NOT NULL, title TEXT, summary TEXT,
    topic TEXT, is_active INTEGER NOT NULL, is_resolved INTEGER NOT NULL, hold INTEGER NOT NULL,
    created_at INTEGER NOT NULL, updated_at INTEGER NOT NULL, quiet_since INTEGER NOT NULL,
    archived_at INTEGER, last_seq INTEGER NOT NULL, summary_seq INTEGER NOT NULL,
    tokens_used INTEGER NOT NULL, metadata TEXT NOT NULL, extra TEXT, version INTEGER NOT NULL,
    open_calls TEXT NOT NULL DEFAULT '[]', flushed_seq INTEGER NOT NULL DEFAULT 0,
    flushed_version INTEGER NOT NULL DEFAULT 0, pending_since INTEGER
  ) WITHOUT ROWID;
  CREATE TABLE messages (
    seq INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, role TEXT NOT NULL, origin TEXT NOT NULL,
    content TEXT NOT NULL, parts TEXT, tool_calls TEXT, tool_call_id TEXT, status TEXT NOT NULL,
    finish_reason TEXT, model TEXT, tokens_used INTEGER, created_at INTEGER NOT NULL
  );
  CREATE TABLE reply (
    id TEXT PRIMARY KEY, answers_seq INTEGER NOT NULL, model TEXT, text TEXT NOT NULL,
    started_at INTEGER NOT NULL
  ) WITHOUT ROWID;
  CREATE TABLE due (
    kind TEXT PRIMARY KEY, at INTEGER NOT NULL, attempts INTEGER NOT NULL
  ) WITHOUT ROWID;`,
  // `naming`: 0 before the first reply, 1 once title and topic are owed, 2 when that is over; 3 if the title is made up,
  // 4 once a better one is owed.
  `ALTER TABLE conversation ADD COLUMN naming INTEGER NOT NULL DEFAULT 0;
  ALTER TABLE conversation ADD COLUMN given_up_seq INTEGER NOT NULL DEFAULT 0;
  CREATE INDEX messages_system ON messages (seq) WHERE role = 'system' AND origin <> 'import';`,
  // A row here is the fence around a conversation that is being erased.
  `CREATE TABLE erasure (requested_at INTEGER NOT NULL);`,
  `CREATE TABLE tickets (
    hash TEXT PRIMARY KEY, holder TEXT NOT NULL, caller TEXT NOT NULL, expires_at INTEGER NOT NULL
  ) WITHOUT ROWID;`,
  // What an import brought that has no field, as JSON cut to what a row can hold.
  `CREATE TABLE extra (n INTEGER PRIMARY KEY, piece TEXT NOT NULL);`,
  // A ticket says by itself whose it is; what is kept is which have been used. `tickets` stays, empty: a version that
  // knows it may be deployed again.
  `DELETE FROM tickets;
  CREATE TABLE used_tickets (
    id TEXT PRIMARY KEY, expires_at INTEGER NOT NULL
  ) WITHOUT ROWID;`,
  // Calls of the model in the background that are paid for: see budget.ts.
  `ALTER TABLE conversation ADD COLUMN calls_left INTEGER NOT NULL DEFAULT 0;`,
  // What the conversation takes up, and what all of its owner's do. Written out, because no step is ever changed.
  `ALTER TABLE conversation ADD COLUMN bytes INTEGER NOT NULL DEFAULT 0;
  ALTER TABLE conversation ADD COLUMN owner_blocks INTEGER NOT NULL DEFAULT 0;
  UPDATE conversation SET bytes =
    (SELECT coalesce(sum(64 + length(CAST(content AS BLOB)) + coalesce(length(CAST(parts AS BLOB)), 0)
      + coalesce(length(CAST(tool_calls AS BLOB)), 0)), 0) FROM messages)
    + (SELECT coalesce(sum(length(CAST(piece AS BLOB))), 0) FROM extra);`,
  // What a message brought that has no field; and what an unfinished reply has thought so far.
  `ALTER TABLE messages ADD COLUMN extra TEXT;
  ALTER TABLE reply ADD COLUMN reasoning TEXT NOT NULL DEFAULT '';`,
  // Branches: what a message follows if that is not the one before it; where the conversation is; and the summaries of
  // all branches, by the last message that each covers.
  `ALTER TABLE messages ADD COLUMN parent_seq INTEGER;
  CREATE INDEX messages_branching ON messages (seq, parent_seq) WHERE parent_seq IS NOT NULL;
  ALTER TABLE conversation ADD COLUMN head_seq INTEGER;
  ALTER TABLE conversation ADD COLUMN head_id TEXT;
  UPDATE conversation SET head_id = (SELECT id FROM messages WHERE seq = last_seq);
  CREATE TABLE summaries (seq INTEGER PRIMARY KEY, text TEXT NOT NULL);
  INSERT INTO summaries SELECT summary_seq, summary FROM conversation WHERE summary IS NOT NULL;`,
  // What files said of the conversation's fields: see append/brought.ts.
  `ALTER TABLE conversation ADD COLUMN brought TEXT;`,
  // The version of the conversation at which a message was completed that an earlier file had cut.
  `ALTER TABLE messages ADD COLUMN changed_in INTEGER;
  CREATE INDEX messages_changed ON messages (changed_in) WHERE changed_in IS NOT NULL;`,
  // How the unfinished reply began, as JSON: see unfinished-reply.ts.
  `ALTER TABLE conversation ADD COLUMN begun TEXT;`,
  // Messages that a client is writing: see checkpoints/.
  `CREATE TABLE writing (
    id TEXT PRIMARY KEY, parent_seq INTEGER NOT NULL, writing TEXT NOT NULL, began_at INTEGER NOT NULL,
    heard_at INTEGER NOT NULL
  ) WITHOUT ROWID;`,
  // Which indexes may have something of this conversation: see index-feed/known-indexes.ts.
  `CREATE TABLE indexes (
    owner TEXT PRIMARY KEY, numbering TEXT NOT NULL, seen_version INTEGER NOT NULL, is_told INTEGER NOT NULL
  ) WITHOUT ROWID;`,
  // Which files messages name: see named-files.ts.
  namedFiles,
]

/** What stands in an object's storage. */
export interface Found {
  /** Whether anything was ever kept here. */
  isCreated: boolean
  /** Whether what is here is being erased. */
  isFenced: boolean
  /** Whether a reconciliation was cut. */
  isStaged: boolean
}

/**
 * Only reads. For the fence it asks for nothing that a later step might change, so that no version of this code, and no
 * step that fails, forgets it.
 */
export function foundIn(tables: Tables): Found {
  const names = tables.names()
  const isCreated = names.has('schema_steps')
  return {
    isCreated,
    isFenced: isCreated && tables.rows('erasure', 'SELECT 1 FROM erasure').length > 0,
    isStaged: names.has(STAGED),
  }
}

/** Brings the tables up to date, all or nothing. Returns whether there was anything to do. */
export function migrate(storage: DurableObjectStorage, wanted = steps): boolean {
  const { sql } = storage
  const { done } = sql.exec<{ done: number }>('SELECT done FROM schema_steps').one()
  if (done >= wanted.length) return false
  storage.transactionSync(() => {
    for (const step of wanted.slice(done)) sql.exec(step)
    sql.exec('UPDATE schema_steps SET done = ?', wanted.length)
  })
  return true
}

/** Makes the tables that no conversation is without, on empty storage. To be called in a transaction. */
export function makeTables(sql: SqlStorage): void {
  sql.exec(newTables)
  for (const step of steps.slice(STEPS_HELD)) sql.exec(step)
  sql.exec('INSERT INTO schema_steps (done) VALUES (?)', steps.length)
}
