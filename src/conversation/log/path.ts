import { toMessageRow } from '../../storage/messages.ts'
import type { MessageRow } from '../../storage/tables.ts'
import type { Branches } from './branches.ts'
import { type Run, type Stretch, columns, read } from './run.ts'
import type { Tables } from './tables.ts'

/** How far back a message is looked for among others, as many times as are wanted. */
const SPARSE = 5

/**
 * One line through a conversation: a message and all before it, back to the first. Everything that reads "the
 * conversation" reads one, so that no message of another branch is among what it finds. It is found stretch by
 * stretch from its end, as far as it is read: a page costs what the page holds, however long and branched the rest.
 */
export class Path {
  readonly #tables: Tables
  readonly #id: string
  readonly #branches: Branches
  /** The number of its last message; 0 if there is none. */
  readonly end: number
  /** From the end back. */
  readonly #found: Stretch[] = []
  /** The message at which the next stretch ends; 0 once all are found. */
  #next: number

  constructor(tables: Tables, id: string, branches: Branches, end: number) {
    this.#tables = tables
    this.#id = id
    this.#branches = branches
    this.end = end
    this.#next = end
  }

  /** Stretches from the end back. */
  *#back(): Generator<Stretch> {
    for (let index = 0; ; index += 1) {
      const found = this.#found[index] ?? this.#find()
      if (found === null) return
      yield found
    }
  }

  #find(): Stretch | null {
    if (this.#next === 0) return null
    const branch = this.#branches.at(this.#next)
    const stretch = [branch?.seq ?? 1, this.#next] as const
    this.#next = branch?.parent ?? 0
    this.#found.push(stretch)
    return stretch
  }

  /** The same below a message. */
  *#below(seq: number): Generator<Stretch> {
    for (const [from, to] of this.#back()) if (from < seq) yield [from, Math.min(to, seq - 1)]
  }

  /** Stretches above a message, the oldest first. */
  #above(seq: number): Stretch[] {
    const above: Stretch[] = []
    for (const [from, to] of this.#back()) {
      if (to <= seq) break
      above.push([Math.max(from, seq + 1), to])
    }
    return above.toReversed()
  }

  /** All of it, from the end back. */
  stretches(): Stretch[] {
    return [...this.#back()]
  }

  has(seq: number): boolean {
    for (const [from, to] of this.#back()) if (from <= seq) return seq <= to && seq > 0
    return false
  }

  /** How many messages it has above one; counted no further than `enough`. */
  countAbove(seq: number, enough = Infinity): number {
    let count = 0
    for (const [from, to] of this.#back()) {
      if (to <= seq || count >= enough) break
      count += to - Math.max(from, seq + 1) + 1
    }
    return Math.min(count, enough)
  }

  /** The same below one. */
  countBelow(seq: number, enough = Infinity): number {
    let count = 0
    for (const [from, to] of this.#below(seq)) {
      count += to - from + 1
      if (count >= enough) return enough
    }
    return count
  }

  /** Messages below `seq`, the newest first. */
  before(seq: number, limit: number): Run {
    return read(this.#tables.sql, this.#id, this.#below(seq), 'DESC', limit)
  }

  /** Messages above `seq`, the oldest first. */
  after(seq: number, limit: number): Run {
    return read(this.#tables.sql, this.#id, this.#above(seq), 'ASC', limit)
  }

  /**
   * The newest messages that are not the system's, the newest first; found among the newest few times as many, so
   * that it takes no longer in a conversation of nothing but the system's.
   */
  newestSpoken(limit: number): MessageRow[] {
    const among = this.#newest(limit * SPARSE)
    return read(this.#tables.sql, this.#id, among, 'DESC', limit, `role <> 'system'`).rows
  }

  *#newest(count: number): Generator<Stretch> {
    let left = count
    for (const [from, to] of this.#back()) {
      if (left <= 0) return
      yield [Math.max(from, to - left + 1), to]
      left -= to - from + 1
    }
  }

  /** The newest of the system messages that may be sent to a model: an import's are only kept and shown. */
  newestSystem(limit: number): MessageRow[] {
    const cursor = this.#tables
      .ifThere('messages_system')
      ?.exec(
        `SELECT ${columns} FROM messages WHERE role = 'system' AND origin <> 'import' AND seq <= ?
         ORDER BY seq DESC`,
        this.end,
      )
      .raw()
    const rows: MessageRow[] = []
    for (const values of cursor ?? []) {
      const row = toMessageRow(this.#id, values)
      if (this.has(row.seq)) rows.push(row)
      if (rows.length === limit) break
    }
    return rows
  }
}
