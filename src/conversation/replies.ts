import { v7 as uuidv7 } from 'uuid'

import { log as logEvent, nameOf } from '../events.ts'
import { type Ending, type Model, ModelError, type ReplyRequest } from '../model/model.ts'
import { wholeNumber } from '../settings.ts'
import { toMessage } from '../storage/messages.ts'
import type { Duties } from './duties.ts'
import type { Flush } from './flush.ts'
import { listen } from './listening.ts'
import type { Live } from './live.ts'
import type { Log } from './log.ts'
import type { Memory } from './memory.ts'
import { owe } from './owe.ts'
import type { ReplyRow } from './rows.ts'
import { type ReplyEnd, RunningReply } from './running-reply.ts'
import { Restarted, Stopped, type Verdict, verdictOf } from './verdict.ts'

/** How often the text so far is written down: what a lost object loses at most. */
const CHECKPOINT_MS = 1_000
/** How long after an object was lost in the middle of a reply it is woken to keep what there is. */
const WATCHDOG_MS = 30_000

type ReplyEnv = Pick<Env, 'MODEL_FIRST_TOKEN_TIMEOUT_S' | 'MODEL_NEXT_TOKEN_TIMEOUT_S'>

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
  #course: Course | null = null
  /** The one that ended last while this object lived, for who is just about to go on with it. */
  last: RunningReply | null = null

  constructor(
    ctx: DurableObjectState,
    env: () => ReplyEnv,
    log: Log,
    duties: Duties,
    flush: Flush,
    memory: Memory,
    live: Live,
  ) {
    this.#ctx = ctx
    this.#env = env
    this.#log = log
    this.#duties = duties
    this.#flush = flush
    this.#memory = memory
    this.#live = live
  }

  get running(): RunningReply | null {
    return this.#course?.reply ?? null
  }

  /** Starts a reply; to be called in the same step as the append of what it answers. */
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
    this.#course = course
    this.#live.started(reply)
    this.#ctx.waitUntil(this.#run(course, model, request))
    return reply
  }

  /** Ends the running reply in this very step, upstream too. What there is of it is kept. */
  stop(reply: RunningReply): ReplyEnd {
    const course = this.#course
    if (course?.reply !== reply) throw new Error('Another reply runs than the one to be stopped')
    const end = this.#finish(course, new Stopped())
    reply.abort.abort()
    return end
  }

  /** Keeps what an object that is gone has left of its reply. */
  settleLeftover(): void {
    const row = this.#log.head() && !this.running ? this.#log.unfinishedReply.read() : null
    if (row === null) return
    this.#settle(row, new Restarted(), null)
    this.#flush.owe()
  }

  /** Ends the running reply and keeps nothing of it. */
  drop(): void {
    const reply = this.running
    this.#course = null
    this.last = null
    reply?.end({ kind: 'failed', why: 'no-such-conversation', extra: {} })
    reply?.abort.abort()
  }

  /** The watchdog's turn: a reply that runs is well; one that only its row remembers is not. */
  watch(now: number): void {
    if (this.running) this.#duties.postpone('reply', now + WATCHDOG_MS, 0, now)
    else {
      this.settleLeftover()
      this.#duties.done('reply')
    }
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

  #finish(course: Course, result: Ending | Error): ReplyEnd {
    const { reply, row } = course
    const end = this.#settled({ ...row, text: reply.text }, result, course)
    this.#course = null
    this.last = reply
    reply.end(end)
    this.#live.ended(reply, end)
    return end
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
    this.#ctx.waitUntil(waited)
  }

  // Whoever follows the reply is told of its end, even where storage refuses to keep it.
  #settled(written: ReplyRow, result: Ending | Error, course: Course): ReplyEnd {
    try {
      return this.#settle(written, result, course)
    } catch (error) {
      const id = this.#ctx.id.name ?? ''
      logEvent({ event: 'duty-failed', conversation_id: id, duty: 'reply', error: nameOf(error) })
      return { kind: 'failed', why: 'internal-error', extra: {} }
    }
  }

  // One step: the message is there, and the reply's row and its watchdog are gone, or none of it.
  #settle(written: ReplyRow, result: Ending | Error, course: Course | null): ReplyEnd {
    const now = Date.now()
    const firstTokenAt = course?.firstTokenAt ?? null
    const verdict = verdictOf(written, result)
    const end = this.#keep(verdict, now)
    this.#log.unfinishedReply.end()
    this.#duties.done('reply')
    const draft = verdict.kind === 'failed' ? null : verdict.draft
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
    return end
  }

  #keep(verdict: Verdict, now: number): ReplyEnd {
    if (verdict.kind === 'failed') return verdict
    if (verdict.draft === null) {
      return { kind: 'interrupted', message: null, reason: verdict.reason }
    }
    const { draft } = verdict
    const head = this.#log.head()
    const kept = head && this.#log.append(head, [draft], now)
    const row = kept?.rows[0]
    if (!row) return { kind: 'failed', why: 'no-such-conversation', extra: {} }
    owe({ flush: this.#flush, memory: this.#memory }, kept.head, [])
    const message = toMessage(row)
    return verdict.kind === 'completed'
      ? { kind: 'completed', message }
      : { kind: 'interrupted', message, reason: verdict.reason }
  }
}
