import { PAGE_CHARS } from '../contract/limits.ts'
import type { Draft } from '../contract/message.ts'
import { settled } from '../contract/quiet.ts'
import { messageColumns } from '../storage/messages.ts'
import type { ConversationRow, MessageRow } from '../storage/tables.ts'
import { openAfter } from './open-calls.ts'
import {
  type Head,
  type MessageValues,
  type ReplyRow,
  type SqlRow,
  encode,
  encodeMessage,
  toHead,
  toMessageRow,
} from './rows.ts'
import { isCreated, migrate } from './schema.ts'

const columns = messageColumns.join(', ')

/** A stretch of history: at most `limit` messages, and no more text than an answer can carry. */
export interface Stride {
  rows: MessageRow[]
  hasMore: boolean
}

/**
 * One conversation's own storage: its fields and every message. All of it is synchronous, so nothing comes
 * between two calls without an `await`, and the platform makes them durable together or not at all.
 */
export class Log {
  readonly #storage: DurableObjectStorage
  readonly #sql: SqlStorage
  readonly #id: string
  readonly #archiveAfterDays: () => number
  #exists: boolean

  constructor(storage: DurableObjectStorage, id: string, archiveAfterDays: () => number) {
    this.#archiveAfterDays = archiveAfterDays
    this.#storage = storage
    this.#sql = storage.sql
    this.#id = id
    this.#exists = isCreated(storage.sql)
  }

  /** Brings an older object's tables up to date. */
  open(): void {
    if (this.#exists) migrate(this.#storage)
  }

  get exists(): boolean {
    return this.#exists
  }

  /** Null where nothing was ever created here. */
  head(): Head | null {
    if (!this.#exists) return null
    const row = this.#sql.exec<SqlRow>('SELECT * FROM conversation').toArray()[0]
    return row ? this.#read(row) : null
  }

  #read(row: SqlRow): Head {
    return settled(toHead(row), Date.now(), this.#archiveAfterDays())
  }

  /** The number of the last message. */
  lastSeq(): number {
    return this.#sql.exec<{ seq: number }>('SELECT last_seq AS seq FROM conversation').one().seq
  }

  create(row: ConversationRow): void {
    this.#storage.transactionSync(() => {
      migrate(this.#storage)
      const [names, values] = encode(row)
      this.#sql.exec(
        `INSERT INTO conversation (${names.join(', ')}, pending_since)
         VALUES (${names.map(() => '?').join(', ')}, ?)`,
        ...values,
        row.createdAt,
      )
    })
    this.#exists = true
  }

  /** Changes fields; the record will follow. */
  change(fields: Partial<ConversationRow>, now: number): void {
    const [names, values] = encode(fields)
    this.#sql.exec(
      `UPDATE conversation SET ${names.map((name) => `${name} = ?, `).join('')}
       version = version + 1, pending_since = coalesce(pending_since, ?)`,
      ...values,
      now,
    )
  }

  messageById(id: string): MessageRow | null {
    return this.#message(`WHERE id = ?`, id)
  }

  messageAt(seq: number): MessageRow | null {
    return this.#message(`WHERE seq = ?`, seq)
  }

  #message(where: string, value: SqlStorageValue): MessageRow | null {
    if (!this.#exists) return null
    const [values] = this.#sql
      .exec(`SELECT ${columns} FROM messages ${where}`, value)
      .raw<MessageValues>()
    return values ? toMessageRow(this.#id, values) : null
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
      .raw<MessageValues>()
    return Array.from(cursor, (values) => toMessageRow(this.#id, values))
  }

  #stride(where: string, seq: number, limit: number): Stride {
    const cursor = this.#sql
      .exec(`SELECT ${columns} FROM messages ${where} LIMIT ?`, seq, limit + 1)
      .raw<MessageValues>()
    const rows: MessageRow[] = []
    let chars = 0
    for (const values of cursor) {
      const [, , , , content, parts, calls] = values
      chars += content.length + (parts?.length ?? 0) + (calls?.length ?? 0)
      if (rows.length === limit || (rows.length > 0 && chars > PAGE_CHARS)) {
        return { rows, hasMore: true }
      }
      rows.push(toMessageRow(this.#id, values))
    }
    return { rows, hasMore: false }
  }

  /** Numbers messages and keeps them, all or none. Brings the conversation as it is then. */
  append(head: Head, drafts: Draft[], now: number): { rows: MessageRow[]; head: Head } {
    const createdAt = Math.max(now, head.updatedAt)
    const rows = drafts.map((draft, index) => ({
      ...draft,
      conversationId: this.#id,
      seq: head.lastSeq + 1 + index,
      createdAt,
    }))
    const tokens = drafts.reduce((sum, draft) => sum + (draft.tokensUsed ?? 0), 0)
    const openCalls = drafts.reduce(openAfter, head.openCalls)
    // A reply that ends after its conversation was archived does not bring it back.
    const wakes = drafts.some((draft) => draft.origin !== 'model')
    const isReplied = drafts.some(
      ({ role, origin, status }) =>
        role === 'assistant' && origin !== 'import' && status === 'complete',
    )
    return this.#storage.transactionSync(() => {
      for (const row of rows) {
        this.#sql.exec(
          `INSERT INTO messages (${columns}) VALUES (${messageColumns.map(() => '?').join(', ')})`,
          ...encodeMessage(row),
        )
      }
      const after = this.#sql.exec<SqlRow>(
        `UPDATE conversation SET last_seq = last_seq + ?, updated_at = ?, quiet_since = ?,
         tokens_used = tokens_used + ?, open_calls = ?, version = version + 1,
         pending_since = coalesce(pending_since, ?),
         naming = max(naming, ?)${wakes ? ', is_active = 1, archived_at = NULL' : ''}
         RETURNING *`,
        rows.length,
        createdAt,
        createdAt,
        tokens,
        JSON.stringify(openCalls),
        now,
        isReplied ? 1 : 0,
      )
      return { rows, head: this.#read(after.one()) }
    })
  }

  /** Title and topic are there, or won't be. */
  namingDone(): void {
    this.#sql.exec('UPDATE conversation SET naming = 2')
  }

  /** Summarising waits until as many messages more have come as it takes to start it. */
  giveUpSummary(seq: number): void {
    this.#sql.exec('UPDATE conversation SET given_up_seq = ?', seq)
  }

  reply(): ReplyRow | null {
    if (!this.#exists) return null
    const rows = this.#sql
      .exec<ReplyRow>(
        'SELECT id, answers_seq AS answersSeq, model, text, started_at AS startedAt FROM reply',
      )
      .toArray()
    return rows[0] ?? null
  }

  beginReply(reply: ReplyRow): void {
    this.#sql.exec(
      'INSERT INTO reply (id, answers_seq, model, text, started_at) VALUES (?, ?, ?, ?, ?)',
      reply.id,
      reply.answersSeq,
      reply.model,
      reply.text,
      reply.startedAt,
    )
  }

  keepReplyText(text: string): void {
    this.#sql.exec('UPDATE reply SET text = ?', text)
  }

  endReply(): void {
    this.#sql.exec('DELETE FROM reply')
  }
}
