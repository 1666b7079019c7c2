import { v7 as uuidv7 } from 'uuid'

import type { Draft } from '../../contract/message.ts'
import type { ReplyEnd } from '../../contract/reply-events.ts'
import { log as logEvent } from '../../events.ts'
import { type Ending, ModelError } from '../../model/model.ts'
import { toMessage } from '../../storage/messages.ts'
import type { MessageRow } from '../../storage/tables.ts'
import type { Duties } from '../duties/duties.ts'
import type { Log } from '../log/log.ts'
import type { ReplyRow } from '../log/rows.ts'
import type { Transactions } from '../log/transactions.ts'
import type { Memory } from '../memory/memory.ts'
import { owe } from '../memory/owe.ts'
import type { Flush } from '../record/flush.ts'
import { type Verdict, verdictOf } from './verdict.ts'

/** A reply that is over: what was written of it, and how it came to its end. */
export interface Over {
  written: ReplyRow
  result: Ending | Error
  firstTokenAt: number | null
}

/** Keeps what a reply came to. */
export class Settlement {
  readonly #id: string
  readonly #log: Log
  readonly #duties: Duties
  readonly #flush: Flush
  readonly #memory: Memory
  readonly #transactions: Transactions

  constructor(
    id: string,
    log: Log,
    duties: Duties,
    flush: Flush,
    memory: Memory,
    transactions: Transactions,
  ) {
    this.#id = id
    this.#log = log
    this.#duties = duties
    this.#flush = flush
    this.#memory = memory
    this.#transactions = transactions
  }

  /** One transaction: the message is there, and the reply's row and its watchdog are gone, or none of it. */
  settle(over: Over): ReplyEnd {
    return this.#transactions.run(() => {
      const now = Date.now()
      const verdict = verdictOf(over.written, over.result)
      const end = this.#keep(verdict, now)
      this.#log.unfinishedReply.end()
      this.#duties.done('reply')
      this.#transactions.afterCommit(() => this.#report(over, verdict, now))
      return end
    })
  }

  #report({ written, firstTokenAt, result }: Over, verdict: Verdict, now: number): void {
    const draft = verdict.kind === 'failed' ? null : verdict.draft
    logEvent({
      event: 'reply-finished',
      conversation_id: this.#id,
      reply_id: written.id,
      outcome: verdict.kind,
      reason: verdict.kind === 'completed' ? (draft?.finishReason ?? '') : verdict.reason,
      model: draft?.model ?? written.model,
      tokens_used: draft?.tokensUsed ?? null,
      first_token_ms: firstTokenAt === null ? null : firstTokenAt - written.startedAt,
      took_ms: now - written.startedAt,
      failure: result instanceof ModelError ? result.failure : null,
    })
  }

  #keep(verdict: Verdict, now: number): ReplyEnd {
    if (verdict.kind === 'failed') return verdict
    if (verdict.draft === null) {
      return { kind: 'interrupted', message: null, reason: verdict.reason }
    }
    const row = this.#kept(verdict.draft, now)
    if (row === null) return { kind: 'failed', why: 'no-such-conversation', extra: {} }
    const message = toMessage(row)
    return verdict.kind === 'completed'
      ? { kind: 'completed', message }
      : { kind: 'interrupted', message, reason: verdict.reason }
  }

  #kept(draft: Draft, now: number): MessageRow | null {
    const standing = this.#log.messageById(draft.id)
    // Kept before, by a version that could fail in between.
    if (standing?.origin === 'model') return standing
    const head = this.#log.head()
    if (head === null) return null
    // Somebody else's message has its id: no reason to lose the reply.
    const id = standing ? uuidv7() : draft.id
    const kept = this.#log.append(head, [{ ...draft, id }], now)
    owe({ flush: this.#flush, memory: this.#memory }, kept.head, [], null)
    return kept.rows[0] ?? null
  }
}
