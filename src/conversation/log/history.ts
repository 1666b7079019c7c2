import { PAGE_CHARS } from '../../contract/limits.ts'
import { lengthOf, messageColumns, toMessageRow } from '../../storage/messages.ts'
import type { MessageRow } from '../../storage/tables.ts'
import { isCreated } from './schema.ts'

const columns = messageColumns.join(', ')

/** A stretch of history: at most `limit` messages, and no more text than an answer can carry. */
export interface Stride {
  rows: MessageRow[]
  hasMore: boolean
}

/** The messages of one conversation, as its own storage has them: reading alone. */
export class History {
  readonly #sql: SqlStorage
  readonly #id: string
  /** Whether anything was ever created here. */
  protected isThere: boolean

  constructor(sql: SqlStorage, id: string) {
    this.#sql = sql
    this.#id = id
    this.isThere = isCreated(sql)
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
  before(seq: number, limit: number): Stride {
    return this.#stride('WHERE seq < ? ORDER BY seq DESC', seq, limit)
  }

  /** Messages above `seq`, the oldest first. */
  after(seq: number, limit: number): Stride {
    return this.#stride('WHERE seq > ? ORDER BY seq', seq, limit)
  }

  /**
   * The newest messages that are not the system's, the newest first; found among the newest few times as many, so
   * that it takes no longer in a conversation of nothing but the system's.
   */
  newestSpoken(limit: number): MessageRow[] {
    return this.#stride(
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

  #stride(where: string, seq: number, limit: number): Stride {
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
