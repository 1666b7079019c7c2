import type { Owner } from '../../contract/caller.ts'
import { indexNameOf, ownerOfIndex } from '../../search/owner.ts'
import type { Tables } from '../log/tables.ts'

/** An index that may have something of this conversation. */
export interface KnownIndex {
  owner: Owner
  /** What numbers of messages are good for. */
  numbering: string
  /** The conversation's version when the index asked last; -1 if it never did, or has to ask for everything. */
  seenVersion: number
  /** Whether the index knows that there is more. */
  isTold: boolean
}

type Row = { owner: string; numbering: string; seen_version: number; is_told: number }

/** What the log remembers of indexes. A row stands before an index hears anything, and goes once it has let go. */
export class KnownIndexes {
  readonly #tables: Tables

  constructor(tables: Tables) {
    this.#tables = tables
  }

  all(): KnownIndex[] {
    const rows = this.#tables.rows<Row>(
      'indexes',
      'SELECT owner, numbering, seen_version, is_told FROM indexes',
    )
    return rows.map((row) => ({
      owner: ownerOfIndex(row.owner),
      numbering: row.numbering,
      seenVersion: row.seen_version,
      isTold: row.is_told === 1,
    }))
  }

  remember(owner: Owner): void {
    this.#tables
      .made('indexes')
      .exec(
        'INSERT INTO indexes VALUES (?, ?, -1, 0) ON CONFLICT DO NOTHING',
        indexNameOf(owner),
        crypto.randomUUID(),
      )
  }

  forget(owner: Owner): void {
    this.#tables.change('indexes', 'DELETE FROM indexes WHERE owner = ?', indexNameOf(owner))
  }

  told(owner: Owner): void {
    const statement = 'UPDATE indexes SET is_told = 1 WHERE owner = ?'
    this.#tables.change('indexes', statement, indexNameOf(owner))
  }

  /** The index has asked, and hears what there is at a version. Returns what the numbers of messages are good for. */
  asked(owner: Owner, version: number): string {
    this.remember(owner)
    const name = indexNameOf(owner)
    const sql = this.#tables.made('indexes')
    sql.exec(
      `UPDATE indexes SET is_told = 0, seen_version = ?1
       WHERE owner = ?2 AND (is_told = 1 OR seen_version <> ?1)`,
      version,
      name,
    )
    return sql
      .exec<{ numbering: string }>('SELECT numbering FROM indexes WHERE owner = ?', name)
      .one().numbering
  }

  /** Messages have other numbers from now on, so whoever has any has to ask for all. */
  renumber(): void {
    this.#tables.change(
      'indexes',
      'UPDATE indexes SET numbering = ?, is_told = 0, seen_version = -1',
      crypto.randomUUID(),
    )
  }

  /** Has the index told once more: it may be made anew from a record that had lost this conversation. */
  tellAgain(): void {
    this.#tables.change('indexes', 'UPDATE indexes SET is_told = 0, seen_version = -1')
  }
}
