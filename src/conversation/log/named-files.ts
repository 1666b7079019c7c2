import type { Tables } from './tables.ts'

/** The files of Hilo's that parts name, by SQL. */
const isNamed = `key = 'file_id' AND value GLOB 'file_*'`
const named = `SELECT DISTINCT value, new.seq FROM json_tree(new.parts) WHERE ${isNamed}`
const hasSome = `instr(new.parts, '"file_id"') > 0`

/**
 * Which files messages name, of all branches: a step of the schema. The database itself keeps it, whichever way a message
 * changes or goes: what a message names must never be taken for unused.
 */
export const namedFiles = `CREATE TABLE IF NOT EXISTS files (
    file_id TEXT NOT NULL, seq INTEGER NOT NULL, PRIMARY KEY (file_id, seq)
  ) WITHOUT ROWID;
  CREATE TRIGGER IF NOT EXISTS files_named AFTER INSERT ON messages WHEN ${hasSome} BEGIN
    INSERT OR IGNORE INTO files ${named};
  END;
  CREATE TRIGGER IF NOT EXISTS files_renamed AFTER UPDATE OF parts ON messages
  WHEN old.parts IS NOT new.parts AND (instr(old.parts, '"file_id"') > 0 OR ${hasSome}) BEGIN
    DELETE FROM files WHERE seq = old.seq;
    INSERT OR IGNORE INTO files ${named};
  END;
  CREATE TRIGGER IF NOT EXISTS files_gone AFTER DELETE ON messages WHEN instr(old.parts, '"file_id"') > 0 BEGIN
    DELETE FROM files WHERE seq = old.seq;
  END;`

/** Has the database begin with that. To be called before a message is kept: without the table, none names any. */
export function noteNamed(tables: Tables, parts: unknown): void {
  if (typeof parts === 'string' && parts.includes('"file_id"')) tables.made('files')
}

/** Which of some files any message names, also one that is still in writing. */
export function namedAmong(tables: Tables, ids: string[]): string[] {
  const asked = JSON.stringify(ids)
  const kept = tables.rows<{ id: string }>(
    'files',
    'SELECT DISTINCT file_id AS id FROM files WHERE file_id IN (SELECT value FROM json_each(?))',
    asked,
  )
  const inWriting = tables.rows<{ id: string }>(
    'writing',
    `SELECT DISTINCT tree.value AS id FROM writing, json_tree(writing.writing) AS tree
       WHERE tree.key = 'file_id' AND tree.value IN (SELECT value FROM json_each(?))`,
    asked,
  )
  return [...new Set([...kept, ...inWriting].map(({ id }) => id))]
}

/** How many files messages name; also if the tables could not be brought up to date: then none does. */
export function countNamed(tables: Tables): number {
  const [counted] = tables.rows<{ n: number }>(
    'files',
    'SELECT count(DISTINCT file_id) AS n FROM files',
  )
  return counted?.n ?? 0
}
