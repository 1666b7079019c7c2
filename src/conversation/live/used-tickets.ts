import type { Tables } from '../log/tables.ts'

/** The tickets for one WebSocket that have been used, until they expire: each opens one. */
export class UsedTickets {
  readonly #tables: Tables

  constructor(tables: Tables) {
    this.#tables = tables
  }

  has(id: string): boolean {
    const found = 'SELECT 1 FROM used_tickets WHERE id = ?'
    return this.#tables.rows('used_tickets', found, id).length > 0
  }

  add(id: string, expiresAt: number, now: number): void {
    this.sweep(now)
    this.#tables
      .made('used_tickets')
      .exec('INSERT INTO used_tickets (id, expires_at) VALUES (?, ?)', id, expiresAt)
  }

  /** Forgets those that have expired: the Worker lets none of them past. */
  sweep(now: number): void {
    this.#tables.change('used_tickets', 'DELETE FROM used_tickets WHERE expires_at <= ?', now)
  }
}
