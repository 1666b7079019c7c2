const DAY_MS = 24 * 60 * 60_000
/** How long an upload may take, and how long a file may stay that no message names. */
export const GRACE_MS = DAY_MS
/** How long a message may take to be kept after it was said that it names a file. */
export const SETTLED_MS = 10 * 60_000

export const tables = `
  CREATE TABLE store (one INTEGER PRIMARY KEY, bytes INTEGER NOT NULL, moved_to TEXT);
  INSERT INTO store VALUES (1, 0, NULL);
  CREATE TABLE blobs (sha256 TEXT PRIMARY KEY, key TEXT NOT NULL, bytes INTEGER NOT NULL) WITHOUT ROWID;
  CREATE TABLE files (
    id TEXT PRIMARY KEY, sha256 TEXT NOT NULL, name TEXT, type TEXT NOT NULL, created_at INTEGER NOT NULL,
    unused_since INTEGER
  ) WITHOUT ROWID;
  CREATE INDEX files_by_bytes ON files (sha256);
  CREATE INDEX files_unused ON files (unused_since) WHERE unused_since IS NOT NULL;
  CREATE TABLE refs (
    file_id TEXT NOT NULL, conversation_id TEXT NOT NULL, since INTEGER NOT NULL, look_at INTEGER,
    PRIMARY KEY (file_id, conversation_id)
  ) WITHOUT ROWID;
  CREATE INDEX refs_by_conversation ON refs (conversation_id);
  CREATE INDEX refs_to_look_at ON refs (look_at) WHERE look_at IS NOT NULL;
  CREATE TABLE going (
    key TEXT PRIMARY KEY, at INTEGER NOT NULL, upload TEXT, conversation_id TEXT
  ) WITHOUT ROWID;
  CREATE INDEX going_by_time ON going (at);`

/** What the bucket is to be rid of. */
export interface Going {
  key: string
  /** Of an upload in parts that was never finished. */
  upload: string | null
}

export interface Blob {
  sha256: string
  key: string
  bytes: number
}

export interface Ref {
  fileId: string
  conversationId: string
  since: number
}

/** What moves from one owner's object to another's. */
export interface Moving {
  blobs: Blob[]
  files: { id: string; sha256: string; name: string | null; type: string; createdAt: number }[]
  refs: Ref[]
}
