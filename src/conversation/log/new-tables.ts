import { namedFiles } from './named-files.ts'

/** How many of the steps these tables hold already; the rest are run on them. */
export const STEPS_HELD = 16

/** What no conversation is without. */
const coreTables = `
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

/** What only some ever write in. Run on an object that lacks a part of it, this makes that part. */
export const seldomTables = `
  CREATE TABLE IF NOT EXISTS reply (
    id TEXT PRIMARY KEY, answers_seq INTEGER NOT NULL, model TEXT, text TEXT NOT NULL,
    started_at INTEGER NOT NULL, reasoning TEXT NOT NULL DEFAULT ''
  ) WITHOUT ROWID;
  CREATE TABLE IF NOT EXISTS due (kind TEXT PRIMARY KEY, at INTEGER NOT NULL, attempts INTEGER NOT NULL) WITHOUT ROWID;
  CREATE INDEX IF NOT EXISTS messages_system ON messages (seq) WHERE role = 'system' AND origin <> 'import';
  CREATE TABLE IF NOT EXISTS erasure (requested_at INTEGER NOT NULL);
  CREATE TABLE IF NOT EXISTS tickets (
    hash TEXT PRIMARY KEY, holder TEXT NOT NULL, caller TEXT NOT NULL, expires_at INTEGER NOT NULL
  ) WITHOUT ROWID;
  CREATE TABLE IF NOT EXISTS extra (n INTEGER PRIMARY KEY, piece TEXT NOT NULL);
  CREATE TABLE IF NOT EXISTS used_tickets (id TEXT PRIMARY KEY, expires_at INTEGER NOT NULL) WITHOUT ROWID;
  CREATE INDEX IF NOT EXISTS messages_branching ON messages (seq, parent_seq) WHERE parent_seq IS NOT NULL;
  CREATE TABLE IF NOT EXISTS summaries (seq INTEGER PRIMARY KEY, text TEXT NOT NULL);
  CREATE INDEX IF NOT EXISTS messages_changed ON messages (changed_in) WHERE changed_in IS NOT NULL;
  CREATE TABLE IF NOT EXISTS writing (
    id TEXT PRIMARY KEY, parent_seq INTEGER NOT NULL, writing TEXT NOT NULL, began_at INTEGER NOT NULL,
    heard_at INTEGER NOT NULL
  ) WITHOUT ROWID;
  CREATE TABLE IF NOT EXISTS indexes (
    owner TEXT PRIMARY KEY, numbering TEXT NOT NULL, seen_version INTEGER NOT NULL, is_told INTEGER NOT NULL
  ) WITHOUT ROWID;
  ${namedFiles}`

/**
 * The tables of a new object, as the steps make them one after the other: made at once, they take a fraction of the time,
 * and each conversation waits for it. A test holds the two against each other.
 */
export const newTables = coreTables + seldomTables

/** The names of what only some write in. */
export const seldomNames = [...seldomTables.matchAll(/IF NOT EXISTS (\w+)/g)].map(
  ([, name]) => name,
)
