/** How many of the steps these tables hold already; the rest are run on them. */
export const STEPS_HELD = 16

/**
 * What no conversation is without, as the steps make it one after the other: made at once, it takes a fraction of the time,
 * and each conversation waits for it. `Tables` makes the others when they are needed. A test holds both against the steps.
 */
export const newTables = `
  CREATE TABLE schema_steps (done INTEGER NOT NULL);
  CREATE TABLE conversation (
    id TEXT PRIMARY KEY, user_id TEXT, session_id TEXT, language TEXT NOT NULL, title TEXT, summary TEXT,
    topic TEXT, is_active INTEGER NOT NULL, is_resolved INTEGER NOT NULL, hold INTEGER NOT NULL,
    created_at INTEGER NOT NULL, updated_at INTEGER NOT NULL, quiet_since INTEGER NOT NULL,
    archived_at INTEGER, last_seq INTEGER NOT NULL, summary_seq INTEGER NOT NULL,
    tokens_used INTEGER NOT NULL, metadata TEXT NOT NULL, extra TEXT, version INTEGER NOT NULL,
    open_calls TEXT NOT NULL DEFAULT '[]', flushed_seq INTEGER NOT NULL DEFAULT 0,
    flushed_version INTEGER NOT NULL DEFAULT 0, pending_since INTEGER, naming INTEGER NOT NULL DEFAULT 0,
    given_up_seq INTEGER NOT NULL DEFAULT 0, calls_left INTEGER NOT NULL DEFAULT 0,
    bytes INTEGER NOT NULL DEFAULT 0, owner_blocks INTEGER NOT NULL DEFAULT 0, head_seq INTEGER, head_id TEXT,
    brought TEXT, begun TEXT
  ) WITHOUT ROWID;
  CREATE TABLE messages (
    seq INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, role TEXT NOT NULL, origin TEXT NOT NULL,
    content TEXT NOT NULL, parts TEXT, tool_calls TEXT, tool_call_id TEXT, status TEXT NOT NULL,
    finish_reason TEXT, model TEXT, tokens_used INTEGER, created_at INTEGER NOT NULL, extra TEXT,
    parent_seq INTEGER, changed_in INTEGER
  );
`
