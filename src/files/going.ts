import type { Going } from './tables.ts'

/** The keys that are to go from the bucket, each at its time. */
export class GoingKeys {
  readonly #sql: SqlStorage

  constructor(sql: SqlStorage) {
    this.#sql = sql
  }

  /** Notes a key that is to go from the bucket at a time, unless it is kept until then. */
  goes(key: string, at: number, conversationId: string | null = null): void {
    this.#sql.exec(
      'INSERT OR REPLACE INTO going (key, at, conversation_id) VALUES (?, ?, ?)',
      key,
      at,
      conversationId,
    )
  }

  inParts(key: string, upload: string): void {
    this.#sql.exec('UPDATE going SET upload = ? WHERE key = ?', upload, key)
  }

  /** Whether the key was still to go, and now is not. */
  stays(key: string): boolean {
    return this.#sql.exec('DELETE FROM going WHERE key = ? RETURNING 1', key).toArray().length > 0
  }

  by(now: number, limit: number): Going[] {
    return this.#sql
      .exec<{ key: string; upload: string | null }>(
        'SELECT key, upload FROM going WHERE at <= ? ORDER BY at LIMIT ?',
        now,
        limit,
      )
      .toArray()
  }

  gone(keys: string[]): void {
    this.#sql.exec(
      'DELETE FROM going WHERE key IN (SELECT value FROM json_each(?))',
      JSON.stringify(keys),
    )
  }

  postpone(now: number, at: number): void {
    this.#sql.exec('UPDATE going SET at = ? WHERE at <= ?', at, now)
  }

  /** What is to go because a conversation was erased. */
  for(conversationId: string, limit: number): Going[] {
    return this.#sql
      .exec<{ key: string; upload: string | null }>(
        'SELECT key, upload FROM going WHERE conversation_id = ? LIMIT ?',
        conversationId,
        limit,
      )
      .toArray()
  }
}
