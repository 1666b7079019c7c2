import type { MessageRow } from '../../storage/tables.ts'
import type { Path } from '../log/path.ts'
import type { Run } from '../log/run.ts'
import type { ContextPath } from './begun.ts'

/** A line of a conversation, or none, and messages behind it that are kept nowhere. */
export class PathBeyond implements ContextPath {
  readonly #base: Path | null
  /** The newest first. */
  readonly #rows: MessageRow[]
  readonly end: number

  constructor(base: Path | null, rows: MessageRow[]) {
    this.#base = base
    this.#rows = rows.toReversed()
    this.end = this.#rows[0]?.seq ?? base?.end ?? 0
  }

  before(seq: number, limit: number): Run {
    const own = this.#rows.filter((row) => row.seq < seq).slice(0, limit)
    const last = this.#base?.end ?? 0
    const rest = this.#base?.before(Math.min(seq, last + 1), limit - own.length)
    return { rows: [...own, ...(rest?.rows ?? [])], hasMore: rest?.hasMore ?? false }
  }

  countBelow(seq: number, enough = Infinity): number {
    const own = this.#rows.filter((row) => row.seq < seq).length
    return Math.min(own + (this.#base?.countBelow(seq, enough) ?? 0), enough)
  }

  newestSpoken(limit: number): MessageRow[] {
    const own = this.#rows.filter(({ role }) => role !== 'system').slice(0, limit)
    return [...own, ...(this.#base?.newestSpoken(limit - own.length) ?? [])]
  }

  newestSystem(limit: number): MessageRow[] {
    const own = this.#rows.filter(({ role }) => role === 'system').slice(0, limit)
    return [...own, ...(this.#base?.newestSystem(limit - own.length) ?? [])]
  }
}
