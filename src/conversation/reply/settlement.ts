import { v7 as uuidv7 } from 'uuid'

import type { JsonObject } from '../../contract/json.ts'
import type { Draft, Message } from '../../contract/message.ts'
import type { Part } from '../../contract/part.ts'
import type { ReplyEnd } from '../../contract/reply-events.ts'
import { log as logEvent } from '../../events.ts'
import { type Ending, ModelError } from '../../model/model.ts'
import type { Core } from '../duties/core.ts'
import type { Head, ReplyRow } from '../log/rows.ts'
import { toWire } from '../log/wire.ts'
import { type Verdict, verdictOf } from './verdict.ts'

/** A reply that is over: what was written of it, and how it came to its end. */
export interface Over {
  written: ReplyRow & { extra?: JsonObject | undefined; beside?: Part[] }
  result: Ending | Error
  firstTokenAt: number | null
}

/** Keeps what a reply came to. */
export class Settlement {
  readonly #core: Core
  readonly #kept: (head: Head) => void

  /** @param kept is told of a reply that is a message now, in the same transaction */
  constructor(core: Core, kept: (head: Head) => void) {
    this.#core = core
    this.#kept = kept
  }

  /** One transaction: the message is there, and the reply's row and its watchdog are gone, or none of it. */
  settle(over: Over): ReplyEnd {
    return this.#core.transactions.run(() => {
      const now = Date.now()
      const verdict = verdictOf(over.written, over.result)
      const end = this.#keep(verdict, over.written.answersSeq, now)
      this.#core.log.unfinishedReply.end()
      this.#core.duties.done('reply')
      this.#core.transactions.afterCommit(() => this.#report(over, verdict, now))
      return end
    })
  }

  #report({ written, firstTokenAt, result }: Over, verdict: Verdict, now: number): void {
    const draft = verdict.kind === 'failed' ? null : verdict.draft
    logEvent({
      event: 'reply-finished',
      conversation_id: this.#core.id,
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

  #keep(verdict: Verdict, answersSeq: number, now: number): ReplyEnd {
    if (verdict.kind === 'failed') return verdict
    if (verdict.draft === null) {
      return { kind: 'interrupted', message: null, reason: verdict.reason }
    }
    const message = this.#append(verdict.draft, answersSeq, now)
    if (message === null) return { kind: 'failed', why: 'no-such-conversation', extra: {} }
    return verdict.kind === 'completed'
      ? { kind: 'completed', message }
      : { kind: 'interrupted', message, reason: verdict.reason }
  }

  #append(draft: Draft, answersSeq: number, now: number): Message | null {
    const standing = this.#core.log.messageById(draft.id)
    // Kept before, by a version that could fail in between.
    if (standing?.origin === 'model') return toWire(this.#core.log, standing)
    const head = this.#core.log.head()
    if (head === null) return null
    // Somebody else's message has its id: no reason to lose the reply.
    const id = standing ? uuidv7() : draft.id
    const kept = this.#core.log.append(head, [{ ...draft, id }], now, answersSeq)
    this.#kept(kept.head)
    return kept.messages[0]!
  }
}
