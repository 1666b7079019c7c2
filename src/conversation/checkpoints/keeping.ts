import { v7 as uuidv7 } from 'uuid'

import type { Caller } from '../../contract/caller.ts'
import type { Draft } from '../../contract/message.ts'
import { type Refusal, busy, refuse } from '../../contract/problem.ts'
import { type RunEnd, type ThreadWriting, threadExtraOf } from '../../contract/thread.ts'
import type { ConversationRow, MessageRow } from '../../storage/tables.ts'
import { unsettled } from '../append/admission.ts'
import { type Appender, keep } from '../append/keep.ts'
import { admitSize } from '../append/quota.ts'
import { complete } from '../log/complete.ts'
import type { Head } from '../log/rows.ts'
import { owe } from '../memory/owe.ts'
import { type Said, goesOn, isSentTheSame, over, rewritten } from './going-on.ts'
import { lastResult, resultsOf } from './results.ts'
import { type WritingRow, Writing } from './writing.ts'

/** Makes messages of the log of what clients write, and has those go on. */
export class Keeping {
  readonly parts: Appender
  readonly writing: Writing

  constructor(parts: Appender) {
    this.parts = parts
    this.writing = new Writing(parts.tables)
  }

  /** @param caller who wrote it; null if nobody is there any more to pay for what it makes due */
  append(writing: ThreadWriting, parentSeq: number, caller: Caller | null): void {
    const { log, transactions, flush, memory } = this.parts
    // Somebody else's message has its id by now: no reason to lose it.
    const fresh = writing.map((one) => (log.messageById(one.id) ? { ...one, id: uuidv7() } : one))
    transactions.run(() => {
      const head = log.head()
      if (head === null) throw new Error('What was written has no conversation')
      const appended = keep(this.parts, head, fresh, lastResult(log, parentSeq))
      if (caller) return owe(this.parts, appended.head, fresh, caller)
      flush.owe({ bytes: fresh.reduce((sum, { content }) => sum + content.length, 0) })
      memory.owe(appended.head, 0)
    })
  }

  /** One transaction: it is a message, and not in writing any more. */
  settle(row: WritingRow, reason: RunEnd | 'silent', caller: Caller | null): void {
    this.parts.transactions.run(() => {
      this.writing.end(row.id)
      if (this.writing.isEmpty) this.parts.duties.done('writing')
      const [message, ...results] = row.writing
      this.append([over(message, reason), ...results], row.parentSeq, caller)
    })
  }

  /** Has a message that is kept already say more; null if that was possible, or it says the same. */
  complete(head: Head, caller: Caller, row: MessageRow, writing: ThreadWriting): Refusal | null {
    const [message] = writing
    const said = this.saidBy(row)
    const now: Said = { message, results: writing.slice(1) }
    const [isMore, isLess] = [goesOn(said, now), goesOn(now, said)]
    const whole = rewritten(row, message)
    if (isMore && isLess && (isSentTheSame(row, whole) || !isTheirs(row, message))) return null
    if (!isMore || !isTheirs(row, message)) return refuse('message-kept')
    const refusal = this.admit(head)
    if (refusal) return refusal
    this.parts.transactions.run(() => {
      this.change(row, whole, { updatedAt: Math.max(Date.now(), head.updatedAt) })
      const known = new Set(said.results.map(({ toolCallId }) => toolCallId))
      const [first, ...more] = now.results.filter(({ toolCallId }) => !known.has(toolCallId))
      if (first) this.append([first, ...more] as ThreadWriting, row.seq, caller)
    })
    return null
  }

  change(row: MessageRow, whole: MessageRow, fields: Partial<ConversationRow> = {}): void {
    const { transactions, flush } = this.parts
    transactions.run(() => {
      complete(this.parts, row, whole, fields)
      flush.owe({ bytes: whole.content.length })
    })
  }

  admit(head: Head): Refusal | null {
    return this.busy() ?? admitSize(this.parts, head)
  }

  busy(): Refusal | null {
    const { running, hasLeftover } = this.parts.current
    if (running) return busy(running.id)
    return hasLeftover ? unsettled() : null
  }

  saidBy(row: MessageRow): Said {
    return { message: row, results: resultsOf(this.parts.log, row) }
  }
}

/** Whether one who writes may go on with a message that stands: only with what came from the same side. */
const isTheirs = (row: MessageRow, { role, origin }: Draft): boolean =>
  row.role === 'assistant' &&
  role === 'assistant' &&
  row.origin === origin &&
  threadExtraOf(row)?.format !== undefined
