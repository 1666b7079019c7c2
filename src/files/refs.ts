import { GRACE_MS, type Ref } from './tables.ts'

/** Which conversations name files, or were about to. */
export class Refs {
  readonly #sql: SqlStorage

  constructor(sql: SqlStorage) {
    this.#sql = sql
  }

  /** Says that a message is about to name a file. A look at the conversation, later, tells whether one does. */
  refer(fileId: string, conversationId: string, now: number): void {
    this.#sql.exec(
      `INSERT INTO refs VALUES (?1, ?2, ?3, ?4)
       ON CONFLICT DO UPDATE SET since = excluded.since, look_at = excluded.look_at`,
      fileId,
      conversationId,
      now,
      now + GRACE_MS,
    )
    this.#sql.exec(
      'UPDATE files SET unused_since = NULL WHERE id = ? AND unused_since IS NOT NULL',
      fileId,
    )
  }

  /** Takes over a reference as it stands elsewhere. */
  add({ fileId, conversationId, since }: Ref, now: number): void {
    this.#sql.exec(
      'INSERT OR IGNORE INTO refs VALUES (?, ?, ?, ?)',
      fileId,
      conversationId,
      since,
      now + GRACE_MS,
    )
  }

  /** Those of a conversation: to some files, or to all. */
  of(conversationId: string, ids?: string[]): Ref[] {
    const all = this.#all('WHERE conversation_id = ?', conversationId)
    return ids ? all.filter(({ fileId }) => ids.includes(fileId)) : all
  }

  to(fileId: string): Ref[] {
    return this.#all('WHERE file_id = ?', fileId)
  }

  /** Those that a look at their conversation is due for. */
  toLookAt(now: number, limit: number): Ref[] {
    return this.#all('WHERE look_at <= ? ORDER BY look_at LIMIT ?', now, limit)
  }

  #all(where: string, ...values: SqlStorageValue[]): Ref[] {
    return this.#sql
      .exec<{ fileId: string; conversationId: string; since: number }>(
        `SELECT file_id AS fileId, conversation_id AS conversationId, since FROM refs ${where}`,
        ...values,
      )
      .toArray()
  }

  /** When a reference is looked at next; null if the conversation has said that a message names the file. */
  look({ fileId, conversationId, since }: Ref, at: number | null): void {
    this.#sql.exec(
      'UPDATE refs SET look_at = ? WHERE file_id = ? AND conversation_id = ? AND since = ?',
      at,
      fileId,
      conversationId,
      since,
    )
  }

  /** Forgets a reference, unless it was made anew since. Returns whether the file has no other. */
  unrefer({ fileId, conversationId, since }: Ref): boolean {
    this.#sql.exec(
      'DELETE FROM refs WHERE file_id = ? AND conversation_id = ? AND since = ?',
      fileId,
      conversationId,
      since,
    )
    return this.to(fileId).length === 0
  }

  /** Whether a conversation has said that a message of it names the file. */
  isSure(fileId: string): boolean {
    const sure = 'SELECT 1 FROM refs WHERE file_id = ? AND look_at IS NULL LIMIT 1'
    return this.#sql.exec(sure, fileId).toArray().length > 0
  }
}
