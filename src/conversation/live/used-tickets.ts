/** The tickets for one WebSocket that have been used, until they expire: each opens one. */
export class UsedTickets {
  readonly #sql: SqlStorage

  constructor(sql: SqlStorage) {
    this.#sql = sql
  }

  has(id: string): boolean {
    return this.#sql.exec('SELECT 1 FROM used_tickets WHERE id = ?', id).toArray().length > 0
  }

  add(id: string, expiresAt: number, now: number): void {
    this.sweep(now)
    this.#sql.exec('INSERT INTO used_tickets (id, expires_at) VALUES (?, ?)', id, expiresAt)
  }

  /** Forgets those that have expired: the Worker lets none of them past. */
  sweep(now: number): void {
    this.#sql.exec('DELETE FROM used_tickets WHERE expires_at <= ?', now)
  }
}
