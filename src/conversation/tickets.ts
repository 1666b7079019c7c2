import { type Caller, keyOf } from '../contract/caller.ts'
import { TICKETS_PER_CALLER } from '../contract/limits.ts'

const TICKET_MS = 60_000

/**
 * What a page shows in place of its token, where it can set no header. The object keeps a ticket's hash, whose it
 * is, and until when; it is taken once.
 */
export class Tickets {
  readonly #sql: SqlStorage

  constructor(sql: SqlStorage) {
    this.#sql = sql
  }

  /** Until when it is good, in ms since the epoch; null where the caller has as many as they may. */
  issue(hash: string, caller: Caller, now: number): number | null {
    this.sweep(now)
    const key = keyOf(caller)
    const { count } = this.#sql
      .exec<{ count: number }>('SELECT count(*) AS count FROM tickets WHERE holder = ?', key)
      .one()
    if (count >= TICKETS_PER_CALLER) return null
    const expiresAt = Math.min(now + TICKET_MS, caller.expiresAt ?? Infinity)
    this.#sql.exec(
      'INSERT INTO tickets (hash, holder, caller, expires_at) VALUES (?, ?, ?, ?)',
      hash,
      key,
      JSON.stringify(caller),
      expiresAt,
    )
    return expiresAt
  }

  /** Drops those that nobody has used in time. */
  sweep(now: number): void {
    this.#sql.exec('DELETE FROM tickets WHERE expires_at <= ?', now)
  }

  /** Whose it is, this once; null where it is nobody's any more. */
  take(hash: string, now: number): Caller | null {
    const [ticket] = this.#sql
      .exec<{ caller: string; expires_at: number }>(
        'DELETE FROM tickets WHERE hash = ? RETURNING caller, expires_at',
        hash,
      )
      .toArray()
    return ticket && now < ticket.expires_at ? (JSON.parse(ticket.caller) as Caller) : null
  }
}

export async function hashOf(ticket: string): Promise<string> {
  const bytes = new TextEncoder().encode(ticket)
  return new Uint8Array(await crypto.subtle.digest('SHA-256', bytes)).toHex()
}

export const newTicket = (): string =>
  crypto.getRandomValues(new Uint8Array(32)).toBase64({ alphabet: 'base64url', omitPadding: true })
