import { v7 as uuidv7 } from 'uuid'

import type { Draft } from '../contract/message.ts'
import { log as logEvent, nameOf } from '../events.ts'
import { type Ending, type Model, ModelError, type ReplyRequest } from '../model/model.ts'
import { wholeNumber } from '../settings.ts'
import { toMessage } from '../storage/messages.ts'
import type { MessageRow } from '../storage/tables.ts'
import { inBackground } from './background.ts'
import type { Duties } from './duties.ts'
import type { Flush } from './flush.ts'
import { listen } from './listening.ts'
import type { Live } from './live.ts'
import type { Log } from './log.ts'
import type { Memory } from './memory.ts'
import { owe } from './owe.ts'
import type { ReplyRow } from './rows.ts'
import { type ReplyEnd, RunningReply } from './running-reply.ts'
import type { Transactions } from './transactions.ts'
import { Restarted, Stopped, type Verdict, verdictOf } from './verdict.ts'

/** How often the text so far is written down: what a lost object loses at most. */
const CHECKPOINT_MS = 1_000
/** How long after an object was lost in the middle of a reply it is woken to keep what there is. */
const WATCHDOG_MS = 30_000

type ReplyEnv = Pick<Env, 'MODEL_FIRST_TOKEN_TIMEOUT_S' | 'MODEL_NEXT_TOKEN_TIMEOUT_S'>

/** A reply that is over, and what it came to; as far as it was written down where the object itself was lost. */
interface Leftover {
  written: ReplyRow
  result: Ending | Error
  course: Course | null
}

interface Course {
  reply: RunningReply
  row: ReplyRow
  firstTokenAt: number | null
  isCheckpointDue: boolean
}

/** The reply that is being written, one at a time. It runs to its end whoever goes away meanwhile. */
export class Replies {
  readonly #ctx: DurableObjectState
  readonly #env: () => ReplyEnv
  readonly #log: Log
  readonly #duties: Duties
  readonly #flush: Flush
  readonly #memory: Memory
  readonly #live: Live
  readonly #transactions: Transactions
  #course: Course | null = null
  /** The one that ended last while this object lived, for who is just about to go on with it. */
  last: RunningReply | null = null
  /** What storage refused to keep, for the next try. */
  #unkept: Leftover | null = null
  /** Whether a reply that is over still waits to be kept: nothing may come before it. */
  hasLeftover = false

  constructor(
    ctx: DurableObjectState,
    env: () => ReplyEnv,
    log: Log,
    duties: Duties,
    flush: Flush,
    memory: Memory,
    live: Live,
    transactions: Transactions,
  ) {
    this.#ctx = ctx
    this.#env = env
    this.#log = log
    this.#duties = duties
    this.#flush = flush
    this.#memory = memory
    this.#live = live
    this.#transactions = transactions
  }

  get running(): RunningReply | null {
    return this.#course?.reply ?? null
  }

  /** Starts a reply; to be called in the same transaction as the append of what it answers. */
  begin(model: Model, request: ReplyRequest, answersSeq: number): RunningReply {
    const now = Date.now()
    const row: ReplyRow = {
      id: uuidv7(),
      answersSeq,
      model: request.model ?? model.name,
      text: '',
      startedAt: now,
    }
    this.#log.unfinishedReply.begin(row)
    this.#duties.take('reply', now + WATCHDOG_MS, now)
    const reply = new RunningReply(row.id, answersSeq)
    const course = { reply, row, firstTokenAt: null, isCheckpointDue: false }
    this.#transactions.afterCommit(() => {
      this.#course = course
      this.#live.started(reply)
      inBackground(this.#ctx, 'reply', this.#run(course, model, request))
    })
    return reply
  }

  /** Ends the running reply and keeps what there is of it. Once that is kept, it ends upstream too. */
  stop(reply: RunningReply): ReplyEnd {
    const course = this.#course
    if (course?.reply !== reply) throw new Error('Another reply runs than the one to be stopped')
    return this.#transactions.run(() => {
      const end = this.#settle(writtenOf(course), new Stopped(), course)
      this.#transactions.afterCommit(() => {
        this.#ended(course, end)
        reply.abort.abort()
      })
      return end
    })
  }

  /** Keeps what an object that is gone has left of its reply, or what storage refused before. */
  settleLeftover(): void {
    if (this.running) return
    this.hasLeftover = true
    const left = this.#unkept ?? this.#abandoned()
    if (left) {
      this.#transactions.run(() => {
        this.#settle(left.written, left.result, left.course)
        this.#flush.owe()
      })
    }
    this.#unkept = null
    this.hasLeftover = false
  }

  #abandoned(): Leftover | null {
    const written = this.#log.head() && this.#log.unfinishedReply.read()
    return written && { written, result: new Restarted(), course: null }
  }

  /** Ends the running reply and keeps nothing of it. */
  drop(): void {
    const reply = this.running
    this.#course = null
    this.last = null
    this.#unkept = null
    reply?.end({ kind: 'failed', why: 'no-such-conversation', extra: {} })
    reply?.abort.abort()
  }

  /** The watchdog's turn: a reply that runs is well; one that only its row remembers is not. */
  watch(now: number): void {
    if (this.running) return this.#duties.postpone('reply', now + WATCHDOG_MS, 0, now)
    this.settleLeftover()
    this.#duties.done('reply')
  }

  async #run(course: Course, model: Model, request: ReplyRequest): Promise<void> {
    const { reply } = course
    let result: Ending | Error
    try {
      result = await this.#listen(model.reply(request, reply.abort.signal), course)
    } catch (error) {
      result = error instanceof Error ? error : new ModelError('failed', 'The model failed.')
      // Closes the connection upstream, where it is not the one that failed.
      reply.abort.abort()
    }
    // One that was stopped or dropped has had its end, and another may run by now.
    if (this.#course !== course) return
    this.#finish(course, result)
    await this.#flush.now()
  }

  // Whoever follows the reply is told of its end, even where storage refuses to keep it.
  #finish(course: Course, result: Ending | Error): void {
    const written = writtenOf(course)
    let end: ReplyEnd = { kind: 'failed', why: 'internal-error', extra: {} }
    try {
      end = this.#transactions.run(() => this.#settle(written, result, course))
    } catch (error) {
      this.#unkept = { written, result, course }
      this.hasLeftover = true
      const id = this.#ctx.id.name ?? ''
      logEvent({ event: 'duty-failed', conversation_id: id, duty: 'reply', error: nameOf(error) })
    }
    this.#ended(course, end)
  }

  #ended(course: Course, end: ReplyEnd): void {
    const { reply } = course
    this.#course = null
    this.last = reply
    reply.end(end)
    this.#live.ended(reply, end)
  }

  async #listen(pieces: AsyncGenerator<string, Ending>, course: Course): Promise<Ending> {
    const env = this.#env()
    const first = wholeNumber(env, 'MODEL_FIRST_TOKEN_TIMEOUT_S', 60) * 1000
    const next = wholeNumber(env, 'MODEL_NEXT_TOKEN_TIMEOUT_S', 30) * 1000
    return listen(pieces, { first, next }, (text) => {
      course.firstTokenAt ??= Date.now()
      this.#say(course.reply, text)
      if (text !== '') this.#checkpoint(course)
    })
  }

  #say(reply: RunningReply, text: string): void {
    const from = reply.text.length
    reply.add(text)
    this.#live.said(reply, from)
  }

  // By a timer and not with the next piece: a model that pauses must not cost what it has said.
  #checkpoint(course: Course): void {
    if (course.isCheckpointDue) return
    course.isCheckpointDue = true
    const waited = scheduler.wait(CHECKPOINT_MS).then(() => {
      course.isCheckpointDue = false
      if (this.#course === course) this.#log.unfinishedReply.keepText(course.reply.text)
    })
    inBackground(this.#ctx, 'reply', waited)
  }

  // To be called in a transaction: the message is there, and the reply's row and its watchdog are gone, or none of it.
  #settle(written: ReplyRow, result: Ending | Error, course: Course | null): ReplyEnd {
    const now = Date.now()
    const firstTokenAt = course?.firstTokenAt ?? null
    const verdict = verdictOf(written, result)
    const end = this.#keep(verdict, now)
    this.#log.unfinishedReply.end()
    this.#duties.done('reply')
    const draft = verdict.kind === 'failed' ? null : verdict.draft
    this.#transactions.afterCommit(() => {
      logEvent({
        event: 'reply-finished',
        conversation_id: this.#ctx.id.name ?? '',
        reply_id: written.id,
        outcome: verdict.kind,
        reason: verdict.kind === 'completed' ? (draft?.finishReason ?? '') : verdict.reason,
        model: draft?.model ?? written.model,
        tokens_used: draft?.tokensUsed ?? null,
        first_token_ms: firstTokenAt === null ? null : firstTokenAt - written.startedAt,
        took_ms: now - written.startedAt,
      })
    })
    return end
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
    // Somebody else's message has its id: no reason to lose it.
    const id = standing ? uuidv7() : draft.id
    const kept = this.#log.append(head, [{ ...draft, id }], now)
    owe({ flush: this.#flush, memory: this.#memory }, kept.head, [])
    return kept.rows[0] ?? null
  }
}

const writtenOf = ({ row, reply }: Course): ReplyRow => ({ ...row, text: reply.text })
