import { DatabaseSync } from 'node:sqlite'
import { setTimeout as sleep } from 'node:timers/promises'

import { type Measures, between } from './measures.ts'

/** Recursion that keeps SQLite busy for some tens of ms for each message written. */
const SLOW = `CREATE TRIGGER load_slow AFTER INSERT ON messages BEGIN
  SELECT count(*) FROM (
    WITH RECURSIVE up(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM up WHERE n < 100000) SELECT n FROM up);
END`

/** Fails a batch in its middle: the conversation's row is written by then, and must be undone. */
const BROKEN = `CREATE TRIGGER load_broken BEFORE INSERT ON messages BEGIN
  SELECT raise(ABORT, 'Network connection lost.');
END`

const KINDS = ['locked', 'slow', 'broken'] as const
type Kind = (typeof KINDS)[number]

/**
 * Makes the server's D1 slow or failing from outside: D1 is a SQLite file there, which this opens as well. While
 * another process holds the write lock, D1 answers SQLITE_BUSY at once; a trigger makes every message that is
 * written slow, or fail its whole batch.
 */
export class Trouble {
  readonly #db: DatabaseSync
  readonly #measures: Measures
  #isLocked = false
  isOn = false

  constructor(file: string, measures: Measures) {
    this.#db = new DatabaseSync(file, { timeout: 0 })
    this.#measures = measures
  }

  /** Trouble of one kind or another, again and again, with calm between. */
  async makeUntil(end: number, isUp: () => boolean): Promise<void> {
    for (let turn = 0; Date.now() < end;) {
      await sleep(between(2_000, 6_000))
      if (!isUp() || Date.now() >= end) continue
      const kind = KINDS[turn % KINDS.length] ?? 'locked'
      const isBegun = await this.#persist(() => this.#begin(kind), isUp)
      if (!isBegun) continue
      const since = Date.now()
      turn += 1
      this.isOn = true
      this.#measures.count(`trouble ${kind}`)
      const until = since + between(1_000, 4_000)
      while (Date.now() < until && this.isOn) await sleep(50)
      await this.end()
      this.#measures.count('trouble ms', Date.now() - since)
    }
  }

  #begin(kind: Kind): void {
    if (kind === 'slow') this.#db.exec(SLOW)
    else if (kind === 'broken') this.#db.exec(BROKEN)
    else {
      this.#db.exec('BEGIN IMMEDIATE')
      this.#isLocked = true
    }
  }

  async end(): Promise<void> {
    this.isOn = false
    await this.#persist(() => {
      if (this.#isLocked) this.#db.exec('ROLLBACK')
      this.#isLocked = false
      this.#db.exec('DROP TRIGGER IF EXISTS load_slow; DROP TRIGGER IF EXISTS load_broken')
    })
  }

  /** The server holds the lock as well, for as long as its own writes take. */
  async #persist(change: () => void, isStillWanted = () => true): Promise<boolean> {
    while (isStillWanted()) {
      try {
        change()
        return true
      } catch (error) {
        if (!/locked|busy/.test(String(error))) throw error
        await sleep(5)
      }
    }
    return false
  }

  close(): void {
    this.#db.close()
  }
}
