import type { Draft } from '../../contract/message.ts'
import type { ExtraPage } from '../../contract/portable.ts'
import { settled } from '../../contract/quiet.ts'
import type { ConversationRow, MessageRow } from '../../storage/tables.ts'
import { extraAfter, readExtra } from './extra.ts'
import { History } from './history.ts'
import { openAfter } from './open-calls.ts'
import { type Head, encode, headColumns, insertIntoLog, toHead } from './rows.ts'
import { isFenced, migrate } from './schema.ts'
import type { Transactions } from './transactions.ts'
import { UnfinishedReply } from './unfinished-reply.ts'

/** A conversation that is on its way out. */
export interface Erasing {
  head: Head
  requestedAt: number
}

/**
 * One conversation's own storage: its fields and every message. All of it is synchronous, so nothing comes
 * between two calls without an `await`, and the platform makes them durable together or not at all.
 */
export class Log extends History {
  readonly #storage: DurableObjectStorage
  readonly #sql: SqlStorage
  readonly #id: string
  readonly #archiveAfterDays: () => number
  readonly unfinishedReply: UnfinishedReply
  protected readonly transactions: Transactions
  /** Whether the tables are as this version needs them. Where they are not, only the fence may be asked for. */
  isOpen: boolean
  #isFenced: boolean

  constructor(
    storage: DurableObjectStorage,
    id: string,
    transactions: Transactions,
    archiveAfterDays: () => number,
  ) {
    super(storage.sql, id)
    this.#archiveAfterDays = archiveAfterDays
    this.transactions = transactions
    this.#storage = storage
    this.#sql = storage.sql
    this.#id = id
    this.unfinishedReply = new UnfinishedReply(storage.sql)
    this.isOpen = !this.isThere
    // First, and by itself: what is erased stays so, whatever becomes of its tables.
    this.#isFenced = this.isThere && isFenced(storage.sql)
  }

  /** Brings an older object's tables up to date. Throws where that fails; then nothing here may be read. */
  open(): void {
    if (this.isThere) migrate(this.#storage)
    this.isOpen = true
  }

  get exists(): boolean {
    return this.isThere
  }

  /** Null where nothing was ever created here, and from the moment on when it is to be erased. */
  head(now = Date.now()): Head | null {
    return this.#isFenced ? null : this.#head(now)
  }

  #head(now: number): Head | null {
    if (!this.isThere) return null
    const [values] = this.#sql.exec(`SELECT ${headColumns} FROM conversation`).raw()
    return values ? this.#read(values, now) : null
  }

  #read(values: SqlStorageValue[], now: number): Head {
    return settled(toHead(values), now, this.#archiveAfterDays())
  }

  /** The number of the last message. */
  lastSeq(): number {
    return this.#sql.exec<{ seq: number }>('SELECT last_seq AS seq FROM conversation').one().seq
  }

  create(row: ConversationRow, now: number): void {
    this.transactions.run(() => {
      migrate(this.#storage)
      const [names, values] = encode(row)
      this.#sql.exec(
        `INSERT INTO conversation (${names.join(', ')}, pending_since)
         VALUES (${names.map(() => '?').join(', ')}, ?)`,
        ...values,
        now,
      )
      this.isThere = true
      this.transactions.afterRollback(() => {
        this.isThere = false
      })
    })
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

  /** What an import brought that has no field, as JSON. */
  extra(): string | null {
    return this.isThere ? readExtra(this.#sql) : null
  }

  /** The same in pieces, as an export gives it out. */
  extraAfter(after: number, upTo: number | null): ExtraPage | null {
    return extraAfter(this.#sql, after, upTo)
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
    return this.transactions.run(() => {
      const bytes = insertIntoLog(this.#sql, rows)
      const [after = []] = this.#sql
        .exec(
          `UPDATE conversation SET last_seq = last_seq + ?, updated_at = ?, quiet_since = ?,
         tokens_used = tokens_used + ?, bytes = bytes + ?, open_calls = ?, version = version + 1,
         pending_since = coalesce(pending_since, ?),
         naming = max(naming, ?)${wakes ? ', is_active = 1, archived_at = NULL' : ''}
         RETURNING ${headColumns}`,
          rows.length,
          createdAt,
          createdAt,
          tokens,
          bytes,
          JSON.stringify(openCalls),
          now,
          isReplied ? 1 : 0,
        )
        .raw()
      return { rows, head: this.#read(after, now) }
    })
  }

  /** Since when the conversation is being erased; null where it is not. Asks for nothing but the fence. */
  fencedSince(): number | null {
    if (!this.#isFenced) return null
    const [row] = this.#sql.exec<{ at: number }>('SELECT requested_at AS at FROM erasure').toArray()
    return row?.at ?? null
  }

  /** Whose conversation is being erased, since when, and how many messages it had; null where none is. */
  erasing(): Erasing | null {
    const requestedAt = this.fencedSince()
    const head = requestedAt === null ? null : this.#head(Date.now())
    return head && requestedAt !== null ? { head, requestedAt } : null
  }

  /** From here on nothing is found here, and nothing taken in; what there is waits for its removal. */
  fence(now: number): void {
    this.#sql.exec('INSERT INTO erasure (requested_at) VALUES (?)', now)
    this.transactions.afterCommit(() => {
      this.#isFenced = true
    })
  }

  /** Removes everything. This log finds nothing any more, whatever is created in its place. */
  async wipe(): Promise<void> {
    const wiped = this.#storage.deleteAll()
    this.isThere = false
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
