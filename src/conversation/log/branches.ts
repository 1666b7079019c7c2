import { firstAfter } from './run.ts'
import type { Tables } from './tables.ts'

/** A message that does not follow the one before it by number. */
interface Branch {
  seq: number
  /** The number of the message that it follows; 0 if it begins the conversation anew. */
  parent: number
}

/** How many are read at once. */
const CHUNK = 200

/**
 * Where a conversation branches. Nearly every message follows the one before it, and only those that do not are
 * remembered here: read from the newest back, as far as anybody has asked, and kept in memory.
 */
export class Branches {
  readonly #tables: Tables
  /** Ascending, and all there are from `#low` on. */
  #known: Branch[] = []
  #low = Infinity
  /** By parent, the newest first. */
  readonly #children = new Map<number, number[]>()

  constructor(tables: Tables) {
    this.#tables = tables
  }

  /** To be called if messages were written that branch off, or may not have been. */
  forget(): void {
    this.#known = []
    this.#low = Infinity
    this.#children.clear()
  }

  /** The newest branch at or before a message: from there to it, each message follows the one before. */
  at(seq: number): Branch | null {
    while (this.#low > 0 && (this.#known[0] === undefined || this.#known[0].seq > seq)) this.#load()
    return this.#known[this.#after(seq) - 1] ?? null
  }

  /** The number of the last message of the stretch that holds one, if `last` is the last of all. */
  endOf(seq: number, last: number): number {
    this.#loadDownTo(seq)
    return (this.#known[this.#after(seq)]?.seq ?? last + 1) - 1
  }

  /** The messages that branch off right after one, the oldest first; the one that follows it by number is not among them. */
  childrenOf(parent: number): number[] {
    this.#loadDownTo(parent)
    return this.#children.get(parent)?.toReversed() ?? []
  }

  /** All after a message, the oldest first. */
  after(seq: number): Branch[] {
    this.#loadDownTo(seq)
    return this.#known.slice(this.#after(seq))
  }

  #loadDownTo(seq: number): void {
    while (this.#low > seq + 1) this.#load()
  }

  #after(seq: number): number {
    return firstAfter(this.#known, (branch) => branch.seq, seq)
  }

  #load(): void {
    const rows = this.#tables.rows<{ seq: number; parent: number }>(
      'messages_branching',
      `SELECT seq, parent_seq AS parent FROM messages WHERE parent_seq IS NOT NULL AND seq < ?
         ORDER BY seq DESC LIMIT ${CHUNK}`,
      Math.min(this.#low, Number.MAX_SAFE_INTEGER),
    )
    for (const { seq, parent } of rows) {
      const children = this.#children.get(parent)
      if (children) children.push(seq)
      else this.#children.set(parent, [seq])
    }
    this.#known = [...rows.toReversed(), ...this.#known]
    this.#low = rows.length < CHUNK ? 0 : rows.at(-1)!.seq
  }
}
