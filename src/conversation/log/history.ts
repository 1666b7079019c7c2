import type { Owner } from '../../contract/caller.ts'
import type { ExtraPage } from '../../contract/portable.ts'
import { settled } from '../../contract/quiet.ts'
import { toMessageRow } from '../../storage/messages.ts'
import type { MessageRow } from '../../storage/tables.ts'
import { Branches } from './branches.ts'
import { extraAfter, readExtra } from './extra.ts'
import { countNamed, namedAmong } from './named-files.ts'
import { openAfter } from './open-calls.ts'
import { Path } from './path.ts'
import type { Row } from './row.ts'
import { type Head, type Standing, toHead } from './rows.ts'
import { type Run, type Stretch, columns, holds, read } from './run.ts'
import { foundIn } from './schema.ts'
import { newestSummary } from './summaries.ts'
import type { Tables } from './tables.ts'

/** How many messages are read back to find the tool calls that wait; an assistant's message stands among them. */
const OPEN_WITHIN = 200
/** How many are looked through for the last that was not deleted. */
const LAST_WITHIN = 50

/** A conversation on its way out. */
interface Erasing {
  head: Head
  requestedAt: number
}

/** One conversation as its own storage has it: its fields and every message. Only reads. */
export class History {
  readonly #sql: SqlStorage
  protected readonly id: string
  readonly #archiveAfterDays: () => number
  protected readonly tables: Tables
  protected readonly row: Row
  /** Whether anything was ever created here. */
  protected isThere: boolean
  protected isFenced: boolean
  /** Whether a copy of the record was left here. */
  readonly isStaged: boolean
  protected readonly branches: Branches
  #path: Path | null = null

  constructor(tables: Tables, id: string, row: Row, archiveAfterDays: () => number) {
    this.#sql = tables.sql
    this.tables = tables
    this.row = row
    this.id = id
    this.#archiveAfterDays = archiveAfterDays
    this.branches = new Branches(tables)
    // First, and by itself: what is erased stays so, whatever becomes of its tables.
    const { isCreated, isFenced, isStaged } = foundIn(tables)
    this.isThere = isCreated
    this.isFenced = isFenced
    this.isStaged = isStaged
  }

  get exists(): boolean {
    return this.isThere
  }

  /** Null if nothing was ever created here, and from the moment on when it is to be erased. */
  head(now = Date.now()): Head | null {
    return this.isFenced ? null : this.#head(now)
  }

  #head(now: number): Head | null {
    if (!this.isThere) return null
    const row = this.row.read()
    return row && this.headOf(row, now)
  }

  /** To be called if messages were written that branch off, or may not have been. */
  protected forgetBranches(): void {
    this.branches.forget()
    this.#path = null
  }

  protected headOf(row: Standing, now: number): Head {
    return settled(toHead(row), now, this.#archiveAfterDays())
  }

  /** The number of the last message. */
  lastSeq(): number {
    return this.#standing().lastSeq
  }

  #standing(): Standing {
    const row = this.row.read()
    if (row === null) throw new Error('There is no conversation')
    return row
  }

  /** Since when the conversation is being erased; null if it is not. Asks for nothing but the fence. */
  fencedSince(): number | null {
    if (!this.isFenced) return null
    const [row] = this.#sql.exec<{ at: number }>('SELECT requested_at AS at FROM erasure').toArray()
    return row?.at ?? null
  }

  /** The conversation that is being erased, and since when; null if it is not. */
  erasing(): Erasing | null {
    const requestedAt = this.fencedSince()
    const head = requestedAt === null ? null : this.#head(Date.now())
    return head && requestedAt !== null ? { head, requestedAt } : null
  }

  /** What an import brought that has no field, as JSON. */
  extra(): string | null {
    return this.isThere ? readExtra(this.tables) : null
  }

  /** The same in pieces, as an export gives it out. */
  extraAfter(after: number, upTo: number | null): ExtraPage | null {
    return extraAfter(this.tables, after, upTo)
  }

  /** What imports said of the fields of a conversation that stands, as JSON; null if a version brought it that did not keep that. */
  brought(): string | null {
    return this.#standing().brought
  }

  /** Which of some files messages here name. */
  named(ids: string[]): string[] {
    return this.isThere && !this.isFenced ? namedAmong(this.tables, ids) : []
  }

  /** Whose the conversation is, and was; also while it is being erased. */
  owners(): Owner[] {
    const row = this.isThere ? this.row.read() : null
    return [
      ...(row?.userId ? [{ kind: 'user' as const, id: row.userId }] : []),
      ...(row?.sessionId ? [{ kind: 'session' as const, id: row.sessionId }] : []),
    ]
  }

  /** How many files messages name, also while the conversation is being erased. */
  filesNamed(): number {
    return this.isThere ? countNamed(this.tables) : 0
  }

  /** Whether any message ever named a file: also one that was deleted since, or that is still in writing. */
  mayHaveNamedFiles(): boolean {
    return this.isThere && (['files', 'writing'] as const).some((name) => this.tables.ifThere(name))
  }

  messageById(id: string): MessageRow | null {
    return this.#message(`WHERE id = ?`, id)
  }

  messageAt(seq: number): MessageRow | null {
    return this.#message(`WHERE seq = ?`, seq)
  }

  #message(where: string, value: SqlStorageValue): MessageRow | null {
    if (!this.isThere) return null
    const [values] = this.#sql.exec(`SELECT ${columns} FROM messages ${where}`, value).raw()
    return values ? toMessageRow(this.id, values) : null
  }

  /** `[seq, id]` of the messages above `after`, up to `last`. */
  ids(after: number, last: number): [seq: number, id: string][] {
    return [
      ...this.#sql
        .exec('SELECT seq, id FROM messages WHERE seq > ? AND seq <= ?', after, last)
        .raw<[number, string]>(),
    ]
  }

  /** The conversation's line: its head, and all before it. Null stands for the head. */
  path(end: number | null = null): Path {
    const last = end ?? this.headSeq()
    if (this.#path?.end !== last) {
      this.#path = new Path(this.tables, this.id, this.branches, last)
    }
    return this.#path
  }

  /** The number of the head: the last message of the branch that the conversation is on; 0 before the first. */
  headSeq(): number {
    if (!this.isThere) return 0
    const { headSeq, lastSeq } = this.#standing()
    return headSeq ?? lastSeq
  }

  /** Messages above `seq` of all branches, the oldest first. */
  after(seq: number, limit: number): Run {
    return read(this.#sql, this.id, [[seq + 1, Number.MAX_SAFE_INTEGER]], 'ASC', limit)
  }

  /** Messages up to `last` that were changed after a version, and the version that these reach to; null if none was. */
  changedSince(version: number, last: number, limit: number): (Run & { upTo: number }) | null {
    const seqs = this.tables.rows<{ seq: number; version: number }>(
      'messages_changed',
      `SELECT seq, changed_in AS version FROM messages WHERE changed_in > ? AND seq <= ?
         ORDER BY changed_in LIMIT ? + 0`,
      version,
      last,
      limit + 1,
    )
    const stretches = seqs.map(({ seq }) => [seq, seq] as const)
    const run = read(this.#sql, this.id, stretches, 'ASC', limit)
    const reached = seqs[run.rows.length - 1]
    return reached ? { ...run, upTo: reached.version } : null
  }

  /** Messages below `seq` of all branches, the newest first. */
  before(seq: number, limit: number): Run {
    return read(this.#sql, this.id, [[1, seq - 1]], 'DESC', limit)
  }

  /** The messages right after one, on whichever branch, the oldest first; 0 stands for what comes before the first. */
  childrenOf(seq: number, last = this.lastSeq()): number[] {
    const next = seq + 1
    const isNext = next <= last && this.branches.at(next)?.seq !== next
    return [...(isNext ? [next] : []), ...this.branches.childrenOf(seq)]
  }

  /** The newest message that nothing follows, among one and those below it. */
  newestLeafBelow(seq: number): number {
    const last = this.lastSeq()
    const stretches: Stretch[] = [[seq, this.branches.endOf(seq, last)]]
    for (const branch of this.branches.after(seq)) {
      if (!holds(stretches, branch.parent)) continue
      stretches.push([branch.seq, this.branches.endOf(branch.seq, last)])
    }
    return stretches.at(-1)![1]
  }

  /** The tool calls that wait for their results after a message. An assistant's message stands among the newest before it. */
  openAt(seq: number): string[] {
    const { rows } = this.path(seq).before(seq + 1, OPEN_WITHIN)
    return openAfter([], rows.toReversed())
  }

  /** The message that others are to follow, if it matters to which calls wait after those. */
  beforeCalls(seq: number, open: string[]): MessageRow | null {
    return open.length > 0 ? this.messageAt(seq) : null
  }

  /** The newest summary of a path: what it says, and the last message that it covers. */
  summaryOf(path: Path): { summary: string | null; summarySeq: number } {
    return newestSummary(this.tables, path)
  }

  /** The newest message at or above one on its line that was not deleted; looked for among the newest. */
  lastSaid(seq: number): MessageRow | null {
    const { rows } = this.path(seq).before(seq + 1, LAST_WITHIN)
    return rows.find(({ status }) => status !== 'deleted') ?? null
  }

  /** When words were changed last, as a version of the conversation; 0 if none ever were. */
  changedIn(): number {
    const [newest] = this.tables.rows<{ at: number }>(
      'messages_changed',
      'SELECT coalesce(max(changed_in), 0) AS at FROM messages',
    )
    return newest?.at ?? 0
  }

  /** The ids of messages, by their numbers. */
  idsAt(seqs: number[]): Map<number, string> {
    if (seqs.length === 0) return new Map()
    const rows = this.#sql.exec(
      'SELECT seq, id FROM messages WHERE seq IN (SELECT value FROM json_each(?))',
      JSON.stringify(seqs),
    )
    return new Map(rows.raw<[number, string]>())
  }
}
