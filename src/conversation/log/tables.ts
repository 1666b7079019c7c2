import { namedFiles } from './named-files.ts'
import type { Transactions } from './transactions.ts'

/** What only some conversations write in, and what finds messages of kinds that only some have. */
export const seldomTables = {
  reply: `CREATE TABLE IF NOT EXISTS reply (
    id TEXT PRIMARY KEY, answers_seq INTEGER NOT NULL, model TEXT, text TEXT NOT NULL,
    started_at INTEGER NOT NULL, reasoning TEXT NOT NULL DEFAULT ''
  ) WITHOUT ROWID`,
  due: `CREATE TABLE IF NOT EXISTS due (
    kind TEXT PRIMARY KEY, at INTEGER NOT NULL, attempts INTEGER NOT NULL
  ) WITHOUT ROWID`,
  erasure: `CREATE TABLE IF NOT EXISTS erasure (requested_at INTEGER NOT NULL)`,
  extra: `CREATE TABLE IF NOT EXISTS extra (n INTEGER PRIMARY KEY, piece TEXT NOT NULL)`,
  used_tickets: `CREATE TABLE IF NOT EXISTS used_tickets (
    id TEXT PRIMARY KEY, expires_at INTEGER NOT NULL
  ) WITHOUT ROWID`,
  summaries: `CREATE TABLE IF NOT EXISTS summaries (seq INTEGER PRIMARY KEY, text TEXT NOT NULL)`,
  writing: `CREATE TABLE IF NOT EXISTS writing (
    id TEXT PRIMARY KEY, parent_seq INTEGER NOT NULL, writing TEXT NOT NULL, began_at INTEGER NOT NULL,
    heard_at INTEGER NOT NULL
  ) WITHOUT ROWID`,
  indexes: `CREATE TABLE IF NOT EXISTS indexes (
    owner TEXT PRIMARY KEY, numbering TEXT NOT NULL, seen_version INTEGER NOT NULL, is_told INTEGER NOT NULL
  ) WITHOUT ROWID`,
  files: namedFiles,
  messages_system: `CREATE INDEX IF NOT EXISTS messages_system ON messages (seq)
    WHERE role = 'system' AND origin <> 'import'`,
  messages_branching: `CREATE INDEX IF NOT EXISTS messages_branching ON messages (seq, parent_seq)
    WHERE parent_seq IS NOT NULL`,
  messages_changed: `CREATE INDEX IF NOT EXISTS messages_changed ON messages (changed_in)
    WHERE changed_in IS NOT NULL`,
}

export type SeldomTable = keyof typeof seldomTables

/**
 * The object's tables. Those that only some conversations write in are made when something is first written to them: each
 * takes a page of 4 KiB, and its share of the time that a new conversation waits for. What is not there has no rows.
 */
export class Tables {
  /** For what no conversation is without. */
  readonly sql: SqlStorage
  readonly #transactions: Transactions
  /** Every table that is there. Null until somebody asks. */
  #names: Set<string> | null = null

  constructor(sql: SqlStorage, transactions: Transactions) {
    this.sql = sql
    this.#transactions = transactions
  }

  /** What a query of a table finds. */
  rows<Row extends Record<string, SqlStorageValue>>(
    name: SeldomTable,
    query: string,
    ...values: SqlStorageValue[]
  ): Row[] {
    return (
      this.ifThere(name)
        ?.exec<Row>(query, ...values)
        .toArray() ?? []
    )
  }

  /** Changes rows of a table, or takes them away, if there are any. */
  change(name: SeldomTable, statement: string, ...values: SqlStorageValue[]): void {
    this.ifThere(name)?.exec(statement, ...values)
  }

  /** The database, for what reads a table row by row; undefined if the table is not there. */
  ifThere(name: SeldomTable): SqlStorage | undefined {
    return this.names().has(name) ? this.sql : undefined
  }

  /** The database, to write to a table, which is made if it is not there. */
  made(name: SeldomTable): SqlStorage {
    const names = this.names()
    if (!names.has(name)) {
      this.sql.exec(seldomTables[name])
      names.add(name)
      this.#transactions.afterRollback(() => this.forget())
    }
    return this.sql
  }

  /** The names of all tables. Only reads: asking for a conversation that is not there writes nothing. */
  names(): Set<string> {
    this.#names ??= new Set(
      this.sql
        .exec<{ name: string }>('SELECT name FROM sqlite_master')
        .toArray()
        .map(({ name }) => name),
    )
    return this.#names
  }

  /** To be called once something else than this has made tables, or taken them away. */
  forget(): void {
    this.#names = null
  }
}
