import type { Tables } from '../log/tables.ts'
import type { Transactions } from '../log/transactions.ts'

export type Duty = 'flush' | 'reply' | 'memory' | 'sockets' | 'writing' | 'index' | 'erase'

const FIRST_RETRY_MS = 2_000
const LONGEST_RETRY_MS = 5 * 60_000

/** How long to wait after the `attempts`th failure, in ms: doubling, with jitter so that many don't return at once. */
export function backoff(attempts: number, random = Math.random()): number {
  const wait = Math.min(FIRST_RETRY_MS * 2 ** (attempts - 1), LONGEST_RETRY_MS)
  return Math.round(wait * (0.75 + random / 2))
}

/** The longest wait, for a D1 that is overloaded: to come back soon would keep it so. */
export const longBackoff = (random = Math.random()): number =>
  Math.round(LONGEST_RETRY_MS * (0.75 + random / 2))

/** By how much an alarm may be late before it is taken for lost. */
const LOST_MS = 60_000

/** How long after something was owed the alarm steps in, if the object did not live to do it. */
export const BACKSTOP_MS = 30_000

/** Duties that what the log says implies: they have a row only while they back off. */
type Implied = 'flush' | 'reply'
/** Duties that who wakes finds out anew: until then memory says since when they are owed. */
type Found = 'index'

/** Says which duties are implied, and since when; null for what is not owed. */
interface Owing {
  owed: () => Record<Implied, number | null>
}

interface Due {
  kind: Duty
  at: number
}

/** A duty's row. */
interface Standing {
  at: number
  attempts: number
}

/**
 * What the object owes, and the one alarm that wakes it for that. A duty and its alarm are written in the same
 * step as the change that made it, so an object that dies right after comes back for it. One alarm does for many
 * changes: it is left as it is while it is no later than what is owed.
 */
export class Duties {
  readonly #storage: DurableObjectStorage
  readonly #transactions: Transactions
  readonly #tables: Tables
  readonly #log: Owing
  readonly #found = new Map<Found, number>()
  #armedFor: number | null = null
  /** The rows as they were read or written last: nothing else writes them. Null until they are asked for. */
  #known: Map<Duty, Standing> | null = null
  #isBrief = false
  /** Whether who woke could not find out what is owed, and has to try again. */
  isUnclear = false

  constructor(
    storage: DurableObjectStorage,
    transactions: Transactions,
    tables: Tables,
    log: Owing,
  ) {
    this.#tables = tables
    this.#storage = storage
    this.#transactions = transactions
    this.#log = log
  }

  /**
   * Takes a duty on, unless it stands already: one that is backing off goes on doing so. How often it has failed.
   */
  take(kind: Exclude<Duty, Implied | Found>, at: number, now: number): number {
    return this.#transactions.run(() => {
      const standing = this.#rows().get(kind)
      if (standing === undefined) this.#write(kind, { at, attempts: 0 })
      this.#armBy(at, now)
      return standing?.attempts ?? 0
    })
  }

  /**
   * Sees to the alarm for a duty that the log implies now; to be called in the transaction that makes it so. How often
   * the duty has failed, if it is backing off.
   */
  implied(kind: Implied, now: number): number {
    this.#armBy(now + BACKSTOP_MS, now)
    return this.attempts(kind)
  }

  /**
   * Says that what is owed now will be done in a moment, and that nobody is expected back soon. Once it is done the alarm
   * goes too: it would wake the object for nothing, and to open its files again takes longer than all else.
   */
  brief(): void {
    this.#transactions.afterCommit(() => {
      this.#isBrief = true
    })
  }

  /** The same for a duty that was found to be owed now. */
  found(kind: Found, now: number): number {
    if (!this.#found.has(kind)) this.#found.set(kind, now)
    this.#armBy(now + BACKSTOP_MS, now)
    return this.attempts(kind)
  }

  // If an earlier alarm is set, leave it: it was set for the earliest duty.
  #armBy(at: number, now: number): void {
    if (!this.#isArmed(at, now)) this.arm(now)
  }

  /** Takes a duty on for a time, or for an earlier one than it stands for. */
  hasten(kind: Duty, at: number, now: number): void {
    this.#transactions.run(() => {
      const standing = this.#rows().get(kind)
      if (standing === undefined || at < standing.at) {
        this.#write(kind, { at, attempts: standing?.attempts ?? 0 })
      }
      this.arm(now)
    })
  }

  postpone(kind: Duty, at: number, attempts: number, now: number): void {
    this.#transactions.run(() => {
      this.#write(kind, { at, attempts })
      this.arm(now)
    })
  }

  done(kind: Duty): void {
    this.#found.delete(kind as Found)
    const rows = this.#rows()
    if (rows.has(kind)) {
      this.#tables.change('due', 'DELETE FROM due WHERE kind = ?', kind)
      rows.delete(kind)
      this.#transactions.afterRollback(() => this.#forget())
    }
    if (this.#isBrief && !this.isUnclear && this.#all().length === 0) this.#disarm()
  }

  dropAll(): void {
    this.#found.clear()
    this.#tables.change('due', 'DELETE FROM due')
    this.#isBrief = false
    this.#forget()
    this.#transactions.afterRollback(() => this.#forget())
  }

  attempts(kind: Duty): number {
    return this.#rows().get(kind)?.attempts ?? 0
  }

  #write(kind: Duty, standing: Standing): void {
    const rows = this.#rows()
    this.#tables.made('due').exec(
      `INSERT INTO due (kind, at, attempts) VALUES (?, ?, ?)
       ON CONFLICT DO UPDATE SET at = excluded.at, attempts = excluded.attempts`,
      kind,
      standing.at,
      standing.attempts,
    )
    rows.set(kind, standing)
    this.#transactions.afterRollback(() => this.#forget())
  }

  #rows(): Map<Duty, Standing> {
    if (this.#known === null) {
      const rows = this.#tables.rows<{ kind: Duty; at: number; attempts: number }>(
        'due',
        'SELECT kind, at, attempts FROM due',
      )
      this.#known = new Map(rows.map(({ kind, at, attempts }) => [kind, { at, attempts }]))
    }
    return this.#known
  }

  #forget(): void {
    this.#known = null
  }

  dueAt(now: number): Duty[] {
    return this.#all()
      .filter(({ at }) => at <= now)
      .toSorted((a, b) => a.at - b.at)
      .map(({ kind }) => kind)
  }

  /** Those that have a row, and those that need none. */
  #all(): Due[] {
    const rows = this.#rows()
    const all: Due[] = [...rows].map(([kind, { at }]) => ({ kind, at }))
    const { flush, reply } = this.#log.owed()
    for (const [kind, since] of [['flush', flush], ['reply', reply], ...this.#found] as const) {
      if (since === null || rows.has(kind)) continue
      all.push({ kind, at: since + BACKSTOP_MS })
    }
    return all
  }

  /** The alarm has gone off, so none is set. */
  rang(): void {
    this.#armedFor = null
    this.#isBrief = false
    this.#forget()
  }

  #disarm(): void {
    this.#isBrief = false
    if (this.#armedFor === null) return
    void this.#storage.deleteAlarm()
    this.#armedFor = null
  }

  /**
   * Sets the alarm to the earliest duty. An earlier alarm is left as it is: to find nothing due and arm anew is
   * cheaper than to write one for every change.
   */
  arm(now: number): void {
    const all = this.#all()
    if (all.length === 0) return
    const at = Math.min(...all.map((duty) => duty.at))
    if (this.#isArmed(at, now)) return
    void this.#storage.setAlarm(Math.max(at, now))
    this.#armedFor = Math.max(at, now)
    this.#transactions.afterRollback(() => {
      this.#armedFor = null
    })
  }

  /** Sets an alarm that has not gone off though it is long past: the platform drops one after some failures. */
  rearm(now: number): void {
    if (this.#armedFor !== null && this.#armedFor < now - LOST_MS) this.arm(now)
  }

  /** Sets the alarm for another try, if what is owed can't be worked off, perhaps not even be read. */
  armLater(now: number): void {
    const isArmed = this.#armedFor !== null && this.#armedFor >= now
    if (isArmed || this.#isIdle()) return
    const at = now + longBackoff()
    // If that fails too, the platform rings again some times, and then no more: whoever calls next takes it for lost.
    this.#armedFor = 0
    void this.#storage.setAlarm(at)
    this.#armedFor = at
  }

  // The tables may be those of any version, so a column may be missing.
  #isIdle(): boolean {
    if (this.isUnclear || this.#found.size > 0) return false
    const { sql } = this.#storage
    try {
      if (this.#tables.rows('due', 'SELECT 1 FROM due LIMIT 1').length > 0) return false
      const [row] = sql.exec('SELECT * FROM conversation').toArray()
      return row === undefined || (row['pending_since'] === null && (row['begun'] ?? null) === null)
    } catch {
      return false
    }
  }

  #isArmed(at: number, now: number): boolean {
    return this.#armedFor !== null && this.#armedFor >= now && this.#armedFor <= at
  }
}
