import { PAGE_CHARS } from '../../contract/limits.ts'
import type { ExtraPage } from '../../contract/portable.ts'
import { settled } from '../../contract/quiet.ts'
import { lengthOf, messageColumns, toMessageRow } from '../../storage/messages.ts'
import type { MessageRow } from '../../storage/tables.ts'
import { extraAfter, readExtra } from './extra.ts'
import { type Head, headColumns, toHead } from './rows.ts'
import { isCreated, isFenced } from './schema.ts'

const columns = messageColumns.join(', ')

/** Some messages in a row: at most `limit`, and no more text than an answer can carry. */
export interface Run {
  rows: MessageRow[]
  hasMore: boolean
}

/** A conversation on its way out. */
export interface Erasing {
  head: Head
  requestedAt: number
}

/** One conversation as its own storage has it: its fields and every message. Only reads. */
export class History {
  readonly #sql: SqlStorage
  readonly #id: string
  readonly #archiveAfterDays: () => number
  /** Whether anything was ever created here. */
  protected isThere: boolean
  protected isFenced: boolean

  constructor(sql: SqlStorage, id: string, archiveAfterDays: () => number) {
    this.#sql = sql
    this.#id = id
    this.#archiveAfterDays = archiveAfterDays
    this.isThere = isCreated(sql)
    // First, and by itself: what is erased stays so, whatever becomes of its tables.
    this.isFenced = this.isThere && isFenced(sql)
  }

  get exists(): boolean {
    return this.isThere
  }

  /** Null if nothing was ever created here, and from the moment on when it is to be erased. */
  head(now = Date.now()): Head | null {
    return this.isFenced ? null : this.#head(now)
  }

  #head(now: number): Head | null {
    if (!this.isThere) return null
    const [values] = this.#sql.exec(`SELECT ${headColumns} FROM conversation`).raw()
    return values ? this.headOf(values, now) : null
  }

  protected headOf(values: SqlStorageValue[], now: number): Head {
    return settled(toHead(values), now, this.#archiveAfterDays())
  }

  /** The number of the last message. */
  lastSeq(): number {
    return this.#sql.exec<{ seq: number }>('SELECT last_seq AS seq FROM conversation').one().seq
  }

  /** Since when the conversation is being erased; null if it is not. Asks for nothing but the fence. */
  fencedSince(): number | null {
    if (!this.isFenced) return null
    const [row] = this.#sql.exec<{ at: number }>('SELECT requested_at AS at FROM erasure').toArray()
    return row?.at ?? null
  }

  /** The conversation that is being erased, and since when; null if it is not. */
  erasing(): Erasing | null {
    const requestedAt = this.fencedSince()
    const head = requestedAt === null ? null : this.#head(Date.now())
    return head && requestedAt !== null ? { head, requestedAt } : null
  }

  /** What an import brought that has no field, as JSON. */
  extra(): string | null {
    return this.isThere ? readExtra(this.#sql) : null
  }

  /** The same in pieces, as an export gives it out. */
  extraAfter(after: number, upTo: number | null): ExtraPage | null {
    return extraAfter(this.#sql, after, upTo)
  }

  messageById(id: string): MessageRow | null {
    return this.#message(`WHERE id = ?`, id)
  }

  messageAt(seq: number): MessageRow | null {
    return this.#message(`WHERE seq = ?`, seq)
  }

  #message(where: string, value: SqlStorageValue): MessageRow | null {
    if (!this.isThere) return null
    const [values] = this.#sql.exec(`SELECT ${columns} FROM messages ${where}`, value).raw()
    return values ? toMessageRow(this.#id, values) : null
  }

  /** `[seq, id]` of the messages above `after`, up to `last`. */
  ids(after: number, last: number): [seq: number, id: string][] {
    return [
      ...this.#sql
        .exec('SELECT seq, id FROM messages WHERE seq > ? AND seq <= ?', after, last)
        .raw<[number, string]>(),
    ]
  }

  /** Messages below `seq`, the newest first. */
  before(seq: number, limit: number): Run {
    return this.#run('WHERE seq < ? ORDER BY seq DESC', seq, limit)
  }

  /** Messages above `seq`, the oldest first. */
  after(seq: number, limit: number): Run {
    return this.#run('WHERE seq > ? ORDER BY seq', seq, limit)
  }

  /**
   * The newest messages that are not the system's, the newest first; found among the newest few times as many, so
   * that it takes no longer in a conversation of nothing but the system's.
   */
  newestSpoken(limit: number): MessageRow[] {
    return this.#run(
      `WHERE seq > (SELECT max(seq) FROM messages) - ${limit * 5} AND role <> 'system' AND seq < ?
       ORDER BY seq DESC`,
      Number.MAX_SAFE_INTEGER,
      limit,
    ).rows
  }

  /** The newest of the system messages that may be sent to a model: an import's are only kept and shown. */
  newestSystem(limit: number): MessageRow[] {
    const cursor = this.#sql
      .exec(
        `SELECT ${columns} FROM messages WHERE role = 'system' AND origin <> 'import'
         ORDER BY seq DESC LIMIT ?`,
        limit,
      )
      .raw()
    return Array.from(cursor, (values) => toMessageRow(this.#id, values))
  }

  #run(where: string, seq: number, limit: number): Run {
    const cursor = this.#sql
      .exec(`SELECT ${columns} FROM messages ${where} LIMIT ?`, seq, limit + 1)
      .raw()
    const rows: MessageRow[] = []
    let chars = 0
    for (const values of cursor) {
      chars += lengthOf(values)
      if (rows.length === limit || (rows.length > 0 && chars > PAGE_CHARS)) {
        return { rows, hasMore: true }
      }
      rows.push(toMessageRow(this.#id, values))
    }
    return { rows, hasMore: false }
  }
}
