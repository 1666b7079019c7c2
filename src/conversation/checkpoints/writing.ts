import type { ThreadWriting } from '../../contract/thread.ts'
import type { Tables } from '../log/tables.ts'

/** A message that a client is writing: what it said last. */
export interface WritingRow {
  id: string
  /** The number of the message that it follows; 0 if it begins the conversation. */
  parentSeq: number
  writing: ThreadWriting
  beganAt: number
  /** When its client was last heard of. */
  heardAt: number
}

interface Stored {
  id: string
  parent_seq: number
  writing: string
  began_at: number
  heard_at: number
}

const toRow = ({ writing, ...row }: Stored): WritingRow => ({
  id: row.id,
  parentSeq: row.parent_seq,
  writing: JSON.parse(writing) as ThreadWriting,
  beganAt: row.began_at,
  heardAt: row.heard_at,
})

/** What clients are writing, beside the log. It becomes messages of the log, one each. */
export class Writing {
  readonly #tables: Tables

  constructor(tables: Tables) {
    this.#tables = tables
  }

  get isEmpty(): boolean {
    return this.#tables.rows('writing', 'SELECT 1 FROM writing LIMIT 1').length === 0
  }

  /** The newest first. */
  all(): WritingRow[] {
    return this.#select('ORDER BY began_at DESC, id DESC')
  }

  byId(id: string): WritingRow | null {
    return this.#select('WHERE id = ?', id)[0] ?? null
  }

  #select(where: string, ...values: SqlStorageValue[]): WritingRow[] {
    const rows = this.#tables.rows('writing', `SELECT * FROM writing ${where}`, ...values)
    return rows.map((row) => toRow(row as unknown as Stored))
  }

  begin(id: string, parentSeq: number, writing: ThreadWriting, now: number): void {
    this.#tables
      .made('writing')
      .exec(
        'INSERT INTO writing (id, parent_seq, writing, began_at, heard_at) VALUES (?, ?, ?, ?, ?)',
        id,
        parentSeq,
        JSON.stringify(writing),
        now,
        now,
      )
  }

  rewrite(id: string, writing: ThreadWriting, now: number): void {
    this.#tables.change(
      'writing',
      'UPDATE writing SET writing = ?, heard_at = ? WHERE id = ?',
      JSON.stringify(writing),
      now,
      id,
    )
  }

  heard(id: string, now: number): void {
    this.#tables.change('writing', 'UPDATE writing SET heard_at = ? WHERE id = ?', now, id)
  }

  end(id: string): void {
    this.#tables.change('writing', 'DELETE FROM writing WHERE id = ?', id)
  }
}
