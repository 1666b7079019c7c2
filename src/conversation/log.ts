import { PAGE_CHARS } from '../contract/limits.ts'
import type { Draft } from '../contract/message.ts'
import { settled } from '../contract/quiet.ts'
import { messageColumns } from '../storage/messages.ts'
import type { ConversationRow, MessageRow } from '../storage/tables.ts'
import { readExtra } from './extra.ts'
import { openAfter } from './open-calls.ts'
import { type Head, type SqlRow, encode, insertMessages, toHead, toMessageRow } from './rows.ts'
import { isCreated, migrate } from './schema.ts'
import { UnfinishedReply } from './unfinished-reply.ts'

const columns = messageColumns.join(', ')

type MessageText = { content: string; parts: string | null; tool_calls: string | null }

/** A conversation that is on its way out. */
export interface Erasing {
  head: Head
  requestedAt: number
}

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
  readonly unfinishedReply: UnfinishedReply
  #exists: boolean
  #isFenced = false

  constructor(storage: DurableObjectStorage, id: string, archiveAfterDays: () => number) {
    this.#archiveAfterDays = archiveAfterDays
    this.#storage = storage
    this.#sql = storage.sql
    this.#id = id
    this.#exists = isCreated(storage.sql)
    this.unfinishedReply = new UnfinishedReply(storage.sql)
  }

  /** Brings an older object's tables up to date. */
  open(): void {
    if (!this.#exists) return
    migrate(this.#storage)
    this.#isFenced = this.#sql.exec('SELECT 1 FROM erasure').toArray().length > 0
  }

  get exists(): boolean {
    return this.#exists
  }

  /** Null where nothing was ever created here, and from the moment on when it is to be erased. */
  head(now = Date.now()): Head | null {
    return this.#isFenced ? null : this.#head(now)
  }

  #head(now: number): Head | null {
    if (!this.#exists) return null
    const row = this.#sql.exec<SqlRow>('SELECT * FROM conversation').toArray()[0]
    return row ? settled(toHead(row), now, this.#archiveAfterDays()) : null
  }

  /** The number of the last message. */
  lastSeq(): number {
    return this.#sql.exec<{ seq: number }>('SELECT last_seq AS seq FROM conversation').one().seq
  }

  /** @param more what else is kept with it, or nothing at all */
  create(row: ConversationRow, now: number, more: () => void = () => {}): void {
    this.#storage.transactionSync(() => {
      migrate(this.#storage)
      const [names, values] = encode(row)
      this.#sql.exec(
        `INSERT INTO conversation (${names.join(', ')}, pending_since)
         VALUES (${names.map(() => '?').join(', ')}, ?)`,
        ...values,
        now,
      )
      more()
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
    const row = this.#sql
      .exec<SqlRow>(`SELECT ${columns} FROM messages ${where}`, value)
      .toArray()[0]
    return row ? toMessageRow(this.#id, row) : null
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
    return this.#sql
      .exec<SqlRow>(
        `SELECT ${columns} FROM messages WHERE role = 'system' AND origin <> 'import'
         ORDER BY seq DESC LIMIT ?`,
        limit,
      )
      .toArray()
      .map((row) => toMessageRow(this.#id, row))
  }

  #stride(where: string, seq: number, limit: number): Stride {
    const cursor = this.#sql.exec<SqlRow>(
      `SELECT ${columns} FROM messages ${where} LIMIT ?`,
      seq,
      limit + 1,
    )
    const rows: MessageRow[] = []
    let chars = 0
    for (const row of cursor) {
      const { content, parts, tool_calls: calls } = row as MessageText
      chars += content.length + (parts?.length ?? 0) + (calls?.length ?? 0)
      if (rows.length === limit || (rows.length > 0 && chars > PAGE_CHARS)) {
        return { rows, hasMore: true }
      }
      rows.push(toMessageRow(this.#id, row))
    }
    return { rows, hasMore: false }
  }

  /** What an import brought that has no field, as JSON. */
  extra(): string | null {
    return this.#exists ? readExtra(this.#sql) : null
  }

  /** Numbers messages and keeps them, all or none. */
  append(head: Head, drafts: Draft[], now: number): MessageRow[] {
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
    this.#storage.transactionSync(() => {
      insertMessages(this.#sql, rows)
      this.#sql.exec(
        `UPDATE conversation SET last_seq = last_seq + ?, updated_at = ?, quiet_since = ?,
         tokens_used = tokens_used + ?, open_calls = ?, version = version + 1,
         pending_since = coalesce(pending_since, ?),
         naming = max(naming, ?)${wakes ? ', is_active = 1, archived_at = NULL' : ''}`,
        rows.length,
        createdAt,
        createdAt,
        tokens,
        JSON.stringify(openCalls),
        now,
        isReplied ? 1 : 0,
      )
    })
    return rows
  }

  /** Whose conversation is being erased, since when, and how many messages it had; null where none is. */
  erasing(): Erasing | null {
    if (!this.#isFenced) return null
    const head = this.#head(Date.now())
    const rows = this.#sql.exec<{ at: number }>('SELECT requested_at AS at FROM erasure').toArray()
    return head && rows[0] ? { head, requestedAt: rows[0].at } : null
  }

  /** From here on nothing is found here, and nothing taken in; what there is waits for its removal. */
  fence(now: number): void {
    this.#sql.exec('INSERT INTO erasure (requested_at) VALUES (?)', now)
    this.#isFenced = true
  }

  /** Removes everything. This log finds nothing any more, whatever is created in its place. */
  async wipe(): Promise<void> {
    const wiped = this.#storage.deleteAll()
    this.#exists = false
    this.#isFenced = false
    await wiped
  }

  /** Title and topic are there, or won't be. */
  namingDone(): void {
    this.#sql.exec('UPDATE conversation SET naming = 2')
  }

  /** Summarising waits until as many messages more have come as it takes to start it. */
  giveUpSummary(seq: number): void {
    this.#sql.exec('UPDATE conversation SET given_up_seq = ?', seq)
  }
}
