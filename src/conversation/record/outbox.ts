import { FLUSH_BYTES } from '../../contract/limits.ts'
import { blocksOf } from '../../contract/quota.ts'
import { utf8Bytes } from '../../contract/text.ts'
import { type MessageValues, messageColumns, valuesAsJson } from '../../storage/messages.ts'
import type { Found, Batch } from '../../storage/projection.ts'
import type { ConversationRow } from '../../storage/tables.ts'
import { type Head, recordRow } from '../log/rows.ts'
import type { Tables } from '../log/tables.ts'

/** What a flush found the record to be: caught up, lacking what it had, past the log, or another story. */
export type Outcome =
  | { kind: 'done'; seq: number; version: number | null }
  | { kind: 'behind'; seq: number }
  | { kind: 'ahead' }
  | { kind: 'different' }

export const isPending = (head: Head): boolean =>
  head.flushedSeq < head.lastSeq || head.flushedVersion < head.version

/** The log lacks a message that it counts: no flush can carry it. */
export class IncompleteLog extends Error {
  override readonly name = 'IncompleteLog'
}

/** A batch before anybody says what the record is believed to have. */
type Unbelieved = Omit<Batch, 'confirmed'>

/** The part of the log that the record may lack: the conversation's row, and messages from the cursor on. */
export class Outbox {
  readonly #sql: SqlStorage
  readonly #tables: Tables
  /** The row that the record has confirmed; null while it is not known what it has. */
  confirmed: ConversationRow | null = null

  constructor(tables: Tables) {
    this.#sql = tables.sql
    this.#tables = tables
  }

  /**
   * What to send next: a message that was completed since the record has it; else at most a megabyte of messages, and at
   * least one if any is missing. Throws if the log has not what is next.
   */
  next(head: Head): Batch {
    const { since, hasMore } = this.#completions(head.flushedVersion)
    const completed = hasMore ? this.#completed(head, since) : null
    const { confirmed } = this
    const batch = { ...(completed ?? this.#messages(head, since)), confirmed }
    // Until it is known what becomes of it.
    this.confirmed = null
    return batch
  }

  /** The newest version of those at which a message was completed, up to one; and whether any was after it. */
  #completions(version: number): { since: number; hasMore: boolean } {
    const [newest] = this.#tables.rows<{ at: number }>(
      'messages_changed',
      `SELECT changed_in AS at FROM messages WHERE changed_in IS NOT NULL
         ORDER BY changed_in DESC LIMIT 1`,
    )
    if (newest === undefined) return { since: 0, hasMore: false }
    if (newest.at <= version) return { since: newest.at, hasMore: false }
    const row = this.#sql
      .exec<{ since: number | null }>(
        'SELECT max(changed_in) AS since FROM messages WHERE changed_in <= ?',
        version,
      )
      .one()
    return { since: row.since ?? 0, hasMore: true }
  }

  /** One at a time, each at the version at which it was completed: many could be larger than a batch. */
  #completed(head: Head, since: number): Unbelieved | null {
    const [found] = this.#sql
      .exec(
        `SELECT changed_in, ${messageColumns.join(', ')} FROM messages
         WHERE changed_in > ? AND seq <= ? ORDER BY changed_in LIMIT 1`,
        head.flushedVersion,
        head.flushedSeq,
      )
      .raw<[number, ...MessageValues]>()
    if (found === undefined) return null
    const [version, ...values] = found
    const row = { ...recordRow(head), lastSeq: head.flushedSeq, version }
    const messages = `[${valuesAsJson(values)}]`
    const ids = [
      ...this.#sql
        .exec('SELECT seq, id FROM messages WHERE seq = ?', head.flushedSeq)
        .raw<[number, string]>(),
    ]
    return { row, from: head.flushedSeq, since, ids, asksUsage: false, messages }
  }

  #messages(head: Head, since: number): Unbelieved {
    const cursor = this.#sql.exec(
      `SELECT ${messageColumns.join(', ')} FROM messages WHERE seq >= ? ORDER BY seq`,
      Math.max(head.flushedSeq, 1),
    )
    const ids: [number, string][] = []
    const encoded: string[] = []
    let bytes = '[]'.length
    for (const values of cursor.raw<MessageValues>()) {
      const [seq, id] = values
      if (seq > head.flushedSeq) {
        if (seq !== head.flushedSeq + encoded.length + 1) throw new IncompleteLog()
        const json = valuesAsJson(values)
        bytes += utf8Bytes(json) + 1
        if (encoded.length > 0 && bytes > FLUSH_BYTES) break
        encoded.push(json)
      }
      ids.push([seq, id])
    }
    if (encoded.length === 0 && head.flushedSeq < head.lastSeq) throw new IncompleteLog()
    const row = recordRow(head)
    const from = head.flushedSeq
    const lastSeq = from + encoded.length
    const hasGrown = blocksOf(row.bytes) !== blocksOf(Math.max(0, row.bytes - bytes))
    const asksUsage = from === 0 || hasGrown
    return {
      row: { ...row, lastSeq },
      from,
      since,
      ids,
      asksUsage,
      messages: encoded.length > 0 ? `[${encoded.join(',')}]` : null,
    }
  }
}

/** Holds what the record answered against what was sent, and against what the log has. */
export function outcomeOf(
  sent: Batch,
  found: Found | null,
  logLastSeq: number,
  logVersion: number,
): Outcome {
  if (found === null) return { kind: 'behind', seq: 0 }
  if (found.lastSeq < sent.from) return { kind: 'behind', seq: found.lastSeq }
  if (found.version < sent.since) return { kind: 'behind', seq: sent.from }
  const isDifferent = sent.ids.some(([seq, id]) => {
    const held = found.ids.get(seq)
    // One past the record's `last_seq` may be there too, and would stand in the way for good.
    return held === undefined ? seq <= found.lastSeq : held !== id
  })
  if (isDifferent) return { kind: 'different' }
  if (found.lastSeq > logLastSeq || found.version > logVersion) return { kind: 'ahead' }
  // It has messages whose confirmation was lost: what was changed since is sent once more from there.
  if (sent.row.lastSeq === sent.from && found.lastSeq > sent.from) {
    return { kind: 'done', seq: found.lastSeq, version: found.version }
  }
  // Less than was sent means that an earlier write had arrived and its answer had not.
  const isWritten = found.lastSeq >= sent.row.lastSeq && found.version >= sent.row.version
  return {
    kind: 'done',
    seq: Math.min(found.lastSeq, sent.row.lastSeq),
    version: isWritten ? found.version : null,
  }
}
