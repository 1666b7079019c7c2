import type { Draft, Message } from '../../contract/message.ts'
import { utf8Bytes } from '../../contract/text.ts'
import type { ConversationRow, MessageRow } from '../../storage/tables.ts'
import type { Bringing } from './bringing.ts'
import { addExtra, keepExtra } from './extra.ts'
import { History } from './history.ts'
import type { LogListener } from './listener.ts'
import { openAfter } from './open-calls.ts'
import { removeWords } from './removal.ts'
import { type NewStanding, type Owed, Row, isToBeNamed, touched } from './row.ts'
import { type Head, type Standing, completeInLog, headSeqIn, insertIntoLog } from './rows.ts'
import { makeTables, migrate } from './schema.ts'
import { keepSummary } from './summaries.ts'
import type { Tables } from './tables.ts'
import type { Transactions } from './transactions.ts'
import { UnfinishedReply } from './unfinished-reply.ts'
import { toMessages, toWire } from './wire.ts'

/**
 * Writes one conversation's own storage. All of it is synchronous, so nothing comes between two calls without an
 * `await`, and the platform makes them durable together or not at all.
 */
export class Log extends History {
  readonly #storage: DurableObjectStorage
  readonly #transactions: Transactions
  readonly unfinishedReply: UnfinishedReply
  listener: LogListener | null = null
  /** Whether the tables are as this version needs them. If they are not, only the fence may be asked for. */
  isOpen: boolean

  constructor(
    storage: DurableObjectStorage,
    id: string,
    transactions: Transactions,
    tables: Tables,
    archiveAfterDays: () => number,
  ) {
    super(tables, id, new Row(storage.sql, transactions), archiveAfterDays)
    this.#transactions = transactions
    this.#storage = storage
    this.unfinishedReply = new UnfinishedReply(tables, this.row)
    this.isOpen = !this.isThere
  }

  /** Brings an older object's tables up to date. If that throws, nothing here may be read. */
  open(): void {
    if (this.isThere && migrate(this.#storage)) this.tables.forget()
    this.isOpen = true
  }

  create(row: NewStanding, now: number): void {
    this.#transactions.run(() => {
      if (!this.isThere) makeTables(this.tables.sql)
      this.row.create(row, now)
      this.isThere = true
      this.#transactions.afterRollback(() => {
        this.isThere = false
      })
    })
  }

  /** Changes fields; the record will follow. */
  change(fields: Partial<Omit<ConversationRow, 'extra'>>, now: number): void {
    this.row.change((row) => ({ ...fields, ...touched(row, now) }))
    this.#transactions.afterCommit(() => this.listener?.changed())
  }

  /** Has SQL change the conversation's row by itself. To be called in a transaction. */
  changeBySql(query: string, ...values: SqlStorageValue[]): void {
    this.row.write()
    this.tables.sql.exec(query, ...values)
    this.row.forget()
  }

  /** Says how far the record is known to be: only what a write confirmed, or what the record really has. */
  moveCursor(seq: number, version: number | null, now: number, blocks: number | null): void {
    this.row.change((row) => {
      const flushedVersion = version ?? row.flushedVersion
      const isAll = seq === row.lastSeq && flushedVersion === row.version
      return {
        flushedSeq: seq,
        flushedVersion,
        pendingSince: isAll ? null : (row.pendingSince ?? now),
        ...(blocks !== null && { ownerBlocks: blocks }),
      }
    })
  }

  /** Keeps what only the object has to know. */
  note(known: Partial<Pick<Standing, 'callsLeft' | 'givenUpSeq' | 'ownerBlocks'>>): void {
    this.row.change(known)
  }

  /**
   * Numbers messages and keeps them, all or none. Each follows the one before it, and the first follows `parent`. The last
   * one is where the conversation is then. Returns the conversation as it is.
   */
  append(
    head: Head,
    drafts: Draft[],
    now: number,
    parent = head.headSeq,
  ): { rows: MessageRow[]; messages: Message[]; head: Head } {
    const createdAt = Math.max(now, head.updatedAt)
    const rows = drafts.map((draft, index) => ({
      ...draft,
      conversationId: this.id,
      seq: head.lastSeq + 1 + index,
      parentSeq: index === 0 && parent !== head.lastSeq ? parent : null,
      createdAt,
    }))
    const tokens = drafts.reduce((sum, draft) => sum + (draft.tokensUsed ?? 0), 0)
    const isElsewhere = parent !== head.headSeq
    const open = isElsewhere ? this.openAt(parent) : head.openCalls
    const openCalls = openAfter(open, drafts, this.beforeCalls(parent, open))
    // A reply that ends after its conversation was archived does not bring it back.
    const wakes = drafts.some((draft) => draft.origin !== 'model')
    const isReplied = drafts.some(
      ({ role, origin, status }) =>
        role === 'assistant' && origin !== 'import' && status === 'complete',
    )
    return this.#transactions.run(() => {
      const bytes = insertIntoLog(this.tables, rows)
      if (parent !== head.lastSeq) this.branched()
      const summary = isElsewhere ? this.summaryOf(this.path(parent)) : {}
      this.row.change((row) => ({
        ...summary,
        ...touched(row, now),
        lastSeq: row.lastSeq + rows.length,
        updatedAt: createdAt,
        quietSince: createdAt,
        tokensUsed: row.tokensUsed + tokens,
        bytes: row.bytes + bytes,
        openCalls,
        headSeq: null,
        headId: rows.at(-1)?.id ?? null,
        ...(isReplied && isToBeNamed(row) && { naming: row.naming + 1 }),
        ...(wakes && { isActive: true, archivedAt: null }),
      }))
      // Here, where what fails is undone: those who listen would miss it.
      const messages = toMessages(this, rows, head)
      this.#transactions.afterCommit(() => {
        this.listener?.appended(messages)
        // A new message brings it back, and may be on another branch.
        if (!head.isActive || isElsewhere) this.listener?.changed()
      })
      const after = this.head(now)
      if (after === null) throw new Error('What was just written is not there')
      return { rows, messages, head: after }
    })
  }

  /** Goes to another end of the conversation. */
  goTo({ seq, id }: MessageRow, head: Pick<Head, 'lastSeq'>, now: number): void {
    const place = { headSeq: headSeqIn(head, seq), headId: id }
    this.#transactions.run(() => {
      this.change({ ...place, ...this.summaryOf(this.path(seq)) }, now)
      this.row.change({ openCalls: this.openAt(seq) })
    })
  }

  /** Deletes words of a message: see removal.ts. */
  remove(row: MessageRow, rest: MessageRow, head: Head, now: number): void {
    this.#transactions.run(() => {
      this.change({}, now)
      const change = removeWords(this.tables, this.row.read()?.version ?? 0, this, row, rest, head)
      this.row.change(({ bytes, givenUpSeq }) => ({
        ...change,
        bytes: bytes + change.bytes,
        givenUpSeq: Math.min(givenUpSeq, change.summarySeq),
      }))
      this.#transactions.afterCommit(() => this.listener?.removed(toWire(this, rest)))
    })
  }

  /** Keeps a summary of what comes before a message and that message. It counts at once if it is on the conversation's path. */
  summarise(summary: string | null, summarySeq: number, now: number): void {
    this.#transactions.run(() => {
      if (summary !== null) this.keepSummary(summary, summarySeq)
      if (this.path().has(summarySeq)) this.change({ summary, summarySeq }, now)
    })
  }

  /** Keeps it for whenever the conversation is on its branch. */
  keepSummary(text: string, seq: number): void {
    keepSummary(this.tables, text, seq)
  }

  /** To be called in a transaction that writes messages that branch off, or anything past this log. */
  branched(): void {
    this.forgetBranches()
    this.#transactions.afterRollback(() => this.forgetBranches())
  }

  /**
   * Keeps what a file brought: messages that are numbered and dated already, the whole of those that an earlier file had
   * cut, `extra` in place of what was there, and what it says of the conversation's fields. The fields themselves, and the
   * head, are changed by the caller, who tells of it then.
   */
  bring({ fresh, completed, beside, extra, brought }: Bringing): void {
    this.#transactions.run(() => {
      let bytes = insertIntoLog(this.tables, fresh)
      let version = this.row.read()?.version ?? 0
      for (const [cut, whole] of completed) {
        // Each at a version of its own, so that a flush can carry one after the other.
        version += 1
        bytes += completeInLog(this.tables, version, cut, whole)
      }
      if (extra !== null) {
        if (beside === null) addExtra(this.tables, extra)
        else keepExtra(this.tables, extra)
        bytes += utf8Bytes(extra) - utf8Bytes(beside ?? '')
      }
      this.branched()
      this.row.change((row) => ({ bytes: row.bytes + bytes, brought, version }))
    })
  }

  /** Tells those who listen of messages that a file brought. To be called in the transaction that keeps them. */
  tell(rows: MessageRow[]): void {
    if (rows.length === 0 || !this.listener?.isHeard()) return
    const messages = toMessages(this, rows)
    this.#transactions.afterCommit(() => this.listener?.appended(messages))
  }

  /** From here on the conversation does not exist for any caller. Its data waits for its removal. */
  fence(now: number): void {
    this.tables.made('erasure').exec('INSERT INTO erasure (requested_at) VALUES (?)', now)
    this.#transactions.afterCommit(() => {
      this.isFenced = true
    })
  }

  /** Removes everything. This log finds nothing any more, whatever is created in its place. */
  async wipe(): Promise<void> {
    const wiped = this.#storage.deleteAll()
    this.isThere = false
    this.isFenced = false
    await wiped
    this.tables.forget()
  }

  /**
   * Title and topic are there, or won't be.
   *
   * @param isMadeUp whether the title is to be replaced by the next good one
   */
  namingDone(isMadeUp = false): void {
    this.row.change({ naming: isMadeUp ? 3 : 2 })
  }

  /** What the conversation owes by what it says. To be asked once the tables are as this version needs them. */
  owed(): Owed {
    return this.isThere && !this.isFenced ? this.row.owed() : { flush: null, reply: null }
  }
}
