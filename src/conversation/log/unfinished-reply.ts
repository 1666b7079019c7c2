import type { ReplyRow } from './rows.ts'

/** What is kept of a reply while it is written: one row, which outlives the object's memory. */
export class UnfinishedReply {
  readonly #sql: SqlStorage

  constructor(sql: SqlStorage) {
    this.#sql = sql
  }

  read(): ReplyRow | null {
    const rows = this.#sql
      .exec<ReplyRow>(
        'SELECT id, answers_seq AS answersSeq, model, text, reasoning, started_at AS startedAt, extra FROM reply',
      )
      .toArray()
    return rows[0] ?? null
  }

  begin(reply: ReplyRow): void {
    this.#sql.exec(
      'INSERT INTO reply (id, answers_seq, model, text, started_at, extra) VALUES (?, ?, ?, ?, ?, ?)',
      reply.id,
      reply.answersSeq,
      reply.model,
      reply.text,
      reply.startedAt,
      reply.extra,
    )
  }

  keepText({ text, reasoning }: Pick<ReplyRow, 'text' | 'reasoning'>): void {
    this.#sql.exec('UPDATE reply SET text = ?, reasoning = ?', text, reasoning)
  }

  end(): void {
    this.#sql.exec('DELETE FROM reply')
  }
}
