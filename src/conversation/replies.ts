import { v7 as uuidv7 } from 'uuid'

import { CONTENT_BYTES } from '../contract/limits.ts'
import { utf8Bytes } from '../contract/text.ts'
import { log as logEvent, nameOf } from '../events.ts'
import { type Ending, type Model, ModelError, type ReplyRequest } from '../model/model.ts'
import { wholeNumber } from '../settings.ts'
import { toMessage } from '../storage/messages.ts'
import type { Duties } from './duties.ts'
import type { Flush } from './flush.ts'
import type { Log } from './log.ts'
import type { Memory } from './memory.ts'
import { owe } from './owe.ts'
import type { ReplyRow } from './rows.ts'
import { type ReplyEnd, RunningReply } from './running-reply.ts'
import { Restarted, TooLong, type Verdict, verdictOf } from './verdict.ts'
import { within } from './within.ts'

/** How often the text so far is written down: what a lost object loses at most. */
const CHECKPOINT_MS = 1_000
/** How long after an object was lost in the middle of a reply it is woken to keep what there is. */
const WATCHDOG_MS = 30_000

type ReplyEnv = Pick<Env, 'MODEL_FIRST_TOKEN_TIMEOUT_S' | 'MODEL_NEXT_TOKEN_TIMEOUT_S'>

interface Course {
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
  running: RunningReply | null = null

  constructor(
    ctx: DurableObjectState,
    env: () => ReplyEnv,
    log: Log,
    duties: Duties,
    flush: Flush,
    memory: Memory,
  ) {
    this.#ctx = ctx
    this.#env = env
    this.#log = log
    this.#duties = duties
    this.#flush = flush
    this.#memory = memory
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
    this.#log.beginReply(row)
    this.#duties.take('reply', now + WATCHDOG_MS, now)
    const reply = new RunningReply(row.id, answersSeq)
    this.running = reply
    this.#ctx.waitUntil(this.#run(reply, row, model, request))
    return reply
  }

  /** Keeps what an object that is gone has left of its reply. */
  settleLeftover(): void {
    const row = this.running ? null : this.#log.reply()
    if (row === null) return
    this.#settle(row, new Restarted(), { row, firstTokenAt: null, isCheckpointDue: false })
    this.#flush.owe()
  }

  /** The watchdog's turn: a reply that runs is well; one that only its row remembers is not. */
  watch(now: number): void {
    if (this.running) this.#duties.postpone('reply', now + WATCHDOG_MS, 0, now)
    else {
      this.settleLeftover()
      this.#duties.done('reply')
    }
  }

  async #run(
    reply: RunningReply,
    row: ReplyRow,
    model: Model,
    request: ReplyRequest,
  ): Promise<void> {
    const course: Course = { row, firstTokenAt: null, isCheckpointDue: false }
    let result: Ending | Error
    try {
      result = await this.#listen(reply, model.reply(request, reply.abort.signal), course)
    } catch (error) {
      result = error instanceof Error ? error : new ModelError('failed', 'The model failed.')
      // Closes the connection upstream, where it is not the one that failed.
      reply.abort.abort()
    }
    const end = this.#settled({ ...row, text: reply.text }, result, course)
    this.running = null
    reply.end(end)
    await this.#flush.now()
  }

  async #listen(
    reply: RunningReply,
    pieces: AsyncGenerator<string, Ending>,
    course: Course,
  ): Promise<Ending> {
    const env = this.#env()
    const first = wholeNumber(env, 'MODEL_FIRST_TOKEN_TIMEOUT_S', 60) * 1000
    const next = wholeNumber(env, 'MODEL_NEXT_TOKEN_TIMEOUT_S', 30) * 1000
    let room = CONTENT_BYTES
    for (;;) {
      const step = await within(course.firstTokenAt === null ? first : next, pieces.next())
      if (step.done) return step.value
      course.firstTokenAt ??= Date.now()
      const bytes = utf8Bytes(step.value)
      if (bytes > room) {
        reply.add(beginning(step.value, room))
        throw new TooLong()
      }
      room -= bytes
      reply.add(step.value)
      if (step.value !== '') this.#checkpoint(reply, course)
    }
  }

  // By a timer and not with the next piece: a model that pauses must not cost what it has said.
  #checkpoint(reply: RunningReply, course: Course): void {
    if (course.isCheckpointDue) return
    course.isCheckpointDue = true
    const waited = scheduler.wait(CHECKPOINT_MS).then(() => {
      course.isCheckpointDue = false
      if (this.running === reply) this.#log.keepReplyText(reply.text)
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
  #settle(written: ReplyRow, result: Ending | Error, course: Course): ReplyEnd {
    const now = Date.now()
    const verdict = verdictOf(written, result)
    const end = this.#keep(verdict, now)
    this.#log.endReply()
    this.#duties.done('reply')
    logEvent({
      event: 'reply-finished',
      conversation_id: this.#ctx.id.name ?? '',
      reply_id: written.id,
      outcome: verdict.kind,
      reason: verdict.kind === 'completed' ? (verdict.draft.finishReason ?? '') : verdict.reason,
      model: verdict.kind === 'failed' ? written.model : verdict.draft.model,
      tokens_used: verdict.kind === 'failed' ? null : verdict.draft.tokensUsed,
      first_token_ms: course.firstTokenAt === null ? null : course.firstTokenAt - written.startedAt,
      took_ms: now - written.startedAt,
    })
    return end
  }

  #keep(verdict: Verdict, now: number): ReplyEnd {
    if (verdict.kind === 'failed') return verdict
    const head = this.#log.head()
    const kept = head && this.#log.append(head, [verdict.draft], now)
    const row = kept?.rows[0]
    if (!row) return { kind: 'failed', why: 'no-such-conversation', extra: {} }
    owe({ flush: this.#flush, memory: this.#memory }, kept.head, [])
    const message = toMessage(row)
    return verdict.kind === 'completed'
      ? { kind: 'completed', message }
      : { kind: 'interrupted', message, reason: verdict.reason }
  }
}

/** As much of a text as fits into so many bytes of UTF-8, no character cut in two. */
function beginning(text: string, bytes: number): string {
  const { read } = new TextEncoder().encodeInto(text, new Uint8Array(bytes))
  return text.slice(0, read)
}
