import type { Row } from './row.ts'
import type { ReplyBeginning, ReplyRow } from './rows.ts'
import type { Tables } from './tables.ts'

/**
 * What is kept of a reply while it is written, which outlives the object's memory. How it began stands in the
 * conversation's row, which is written then anyway; what it says has a row of its own, once there is something.
 */
export class UnfinishedReply {
  readonly #tables: Tables
  readonly #row: Row

  constructor(tables: Tables, row: Row) {
    this.#tables = tables
    this.#row = row
  }

  read(): ReplyRow | null {
    const [written] = this.#tables.rows<Omit<ReplyRow, 'extra'>>(
      'reply',
      'SELECT id, answers_seq AS answersSeq, model, text, reasoning, started_at AS startedAt FROM reply',
    )
    const begun = this.#row.read()?.begun
    if (written) return { ...written, extra: begun?.id === written.id ? begun.extra : undefined }
    return begun ? { ...begun, text: '', reasoning: '' } : null
  }

  /** To be called in a transaction. */
  begin(begun: ReplyBeginning): void {
    this.#row.change({ begun })
  }

  keepText({ id, answersSeq, model, text, reasoning, startedAt }: ReplyRow): void {
    this.#tables.made('reply').exec(
      `INSERT OR REPLACE INTO reply (id, answers_seq, model, text, reasoning, started_at)
       VALUES (?, ?, ?, ?, ?, ?)`,
      id,
      answersSeq,
      model,
      text,
      reasoning,
      startedAt,
    )
  }

  /** To be called in a transaction. */
  end(): void {
    this.#row.change(({ begun }) => (begun ? { begun: null } : {}))
    this.#tables.change('reply', 'DELETE FROM reply')
  }
}
