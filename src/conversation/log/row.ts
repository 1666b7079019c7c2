import type { ConversationRow } from '../../storage/tables.ts'
import { type Standing, encode, standingColumns, toStanding } from './rows.ts'
import type { Transactions } from './transactions.ts'

/** Up to which message a made-up title is tried to be bettered with each reply: not for ever, if the model gives none. */
const RENAMED_SEQ = 40

/** Since when the record lacks something, and since when a reply is unfinished; null if that is not so. */
export interface Owed {
  flush: number | null
  reply: number | null
}

/** A conversation as it begins; no call waits unless it says so. */
export type NewStanding = ConversationRow & Partial<Pick<Standing, 'openCalls'>>

const selection = `SELECT ${standingColumns} FROM conversation`

/** The conversation's row. Whatever a transaction changes of it is written once, at the transaction's end. */
export class Row {
  readonly #sql: SqlStorage
  readonly #transactions: Transactions
  #open: { row: Standing; changes: Partial<Standing>; isNew: boolean } | null = null
  /** As it was read or written last: nothing else writes it but SQL that tells of it by `forget`. */
  #known: Standing | null = null

  constructor(sql: SqlStorage, transactions: Transactions) {
    this.#sql = sql
    this.#transactions = transactions
  }

  /** The row with all that the open transaction has changed. */
  read(): Readonly<Standing> | null {
    if (this.#open) return this.#open.row
    if (this.#known === null) {
      const [values] = this.#sql.exec(selection).raw()
      if (values) this.#known = toStanding(values)
    }
    return this.#known
  }

  /** Makes the row. To be called in a transaction. */
  create(row: NewStanding, now: number): void {
    this.#begin({ ...unkept, ...row, pendingSince: now }, true)
  }

  /** What follows from what it says. */
  owed(): Owed {
    const row = this.read()
    if (row === null) return { flush: null, reply: null }
    const isPending = row.flushedSeq < row.lastSeq || row.flushedVersion < row.version
    return {
      flush: isPending ? (row.pendingSince ?? 0) : null,
      reply: row.begun?.startedAt ?? null,
    }
  }

  /** Changes fields of it: given, or as they follow from what they were. */
  change(change: Partial<Standing> | ((row: Readonly<Standing>) => Partial<Standing>)): void {
    this.#transactions.run(() => {
      const standing = this.read()
      if (standing === null) throw new Error('There is no conversation to change')
      const changes = typeof change === 'function' ? change(standing) : change
      if (Object.keys(changes).length === 0) return
      const open = this.#open ?? this.#begin(standing, false)
      open.row = { ...open.row, ...changes }
      Object.assign(open.changes, changes)
    })
  }

  /** Writes what has been changed so far; then SQL may change the row by itself, and `forget` tells of that. */
  write(): void {
    if (this.#open === null) return
    const { row, changes, isNew } = this.#open
    this.#open = null
    const [names, values] = encode(isNew ? row : changes)
    this.#sql.exec(
      isNew
        ? `INSERT INTO conversation (${names.join(', ')}) VALUES (${names.map(() => '?').join(', ')})`
        : `UPDATE conversation SET ${names.map((name) => `${name} = ?`).join(', ')}`,
      ...values,
    )
    this.#known = row
  }

  /** To be called once something else than this has written the row, in the same transaction. */
  forget(): void {
    this.#known = null
    this.#transactions.afterRollback(() => {
      this.#known = null
    })
  }

  #begin(row: Standing, isNew: boolean) {
    const open = { row, changes: {}, isNew }
    this.#open = open
    this.#transactions.beforeCommit(() => this.write())
    this.#transactions.afterRollback(() => {
      this.#open = null
      this.#known = null
    })
    return open
  }
}

/** What a new conversation's row has beside its fields. */
const unkept = {
  openCalls: [],
  flushedSeq: 0,
  flushedVersion: 0,
  naming: 0,
  givenUpSeq: 0,
  ownerBlocks: 0,
  callsLeft: 0,
  begun: null,
  brought: null,
}

/** The row is another one, and the record lacks it. */
export const touched = ({ version, pendingSince }: Readonly<Standing>, now: number) => ({
  version: version + 1,
  pendingSince: pendingSince ?? now,
})

/** Whether a reply makes title and topic owed. */
export const isToBeNamed = ({ naming, lastSeq }: Readonly<Standing>): boolean =>
  naming === 0 || (naming === 3 && lastSeq <= RENAMED_SEQ)
