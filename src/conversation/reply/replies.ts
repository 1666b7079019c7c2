import { v7 as uuidv7 } from 'uuid'

import type { ReplyEnd } from '../../contract/reply-events.ts'
import { log as logEvent, nameOf } from '../../events.ts'
import { type Ending, type Model, ModelError, type ReplyRequest } from '../../model/model.ts'
import { wholeNumber } from '../../settings.ts'
import { inBackground } from '../duties/background.ts'
import type { Duties } from '../duties/duties.ts'
import type { Live } from '../live/live.ts'
import type { Log } from '../log/log.ts'
import type { ReplyRow } from '../log/rows.ts'
import type { Transactions } from '../log/transactions.ts'
import type { Memory } from '../memory/memory.ts'
import type { Flush } from '../record/flush.ts'
import { listen } from './listening.ts'
import { RunningReply } from './running-reply.ts'
import { type Over, Settlement } from './settlement.ts'
import { Restarted, Stopped } from './verdict.ts'

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
  readonly #live: Live
  readonly #transactions: Transactions
  readonly #settlement: Settlement
  #course: Course | null = null
  /** The one that ended last while this object lived, for who is just about to go on with it. */
  last: RunningReply | null = null
  /** What storage refused to keep, for the next try. */
  #unkept: Over | null = null
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
    this.#live = live
    this.#transactions = transactions
    const id = ctx.id.name ?? ''
    this.#settlement = new Settlement(id, log, duties, flush, memory, transactions)
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
      const end = this.#settlement.settle(overAt(course, new Stopped()))
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
    if (left) this.#settlement.settle(left)
    this.#unkept = null
    this.hasLeftover = false
  }

  #abandoned(): Over | null {
    const written = this.#log.head() && this.#log.unfinishedReply.read()
    return written && { written, result: new Restarted(), firstTokenAt: null }
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
    const over = overAt(course, result)
    let end: ReplyEnd = { kind: 'failed', why: 'internal-error', extra: {} }
    try {
      end = this.#settlement.settle(over)
    } catch (error) {
      this.#unkept = over
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
}

const overAt = ({ row, reply, firstTokenAt }: Course, result: Ending | Error): Over => ({
  written: { ...row, text: reply.text },
  result,
  firstTokenAt,
})
