import { v7 as uuidv7 } from 'uuid'

import type { JsonObject } from '../../contract/json.ts'
import type { Part } from '../../contract/part.ts'
import type { ReplyEnd } from '../../contract/reply-events.ts'
import { log as logEvent, nameOf } from '../../events.ts'
import type { Addresses } from '../../files/addressed.ts'
import {
  type Ending,
  type Model,
  ModelError,
  type Piece,
  type ReplyRequest,
} from '../../model/model.ts'
import { wholeNumber } from '../../settings.ts'
import { inBackground } from '../duties/background.ts'
import type { Core } from '../duties/core.ts'
import { BACKSTOP_MS } from '../duties/duties.ts'
import type { Head, ReplyBeginning, ReplyRow } from '../log/rows.ts'
import { withAttached } from './attached.ts'
import type { CurrentReply } from './current.ts'
import { listen } from './listening.ts'
import { addressesFor, inline, keptPictures, withAddressesIn } from './pictures.ts'
import { RunningReply } from './running-reply.ts'
import { type Over, Settlement } from './settlement.ts'
import { Restarted, Stopped } from './verdict.ts'

/** How often the text so far is written down: what a lost object loses at most. */
const CHECKPOINT_MS = 1_000

/** What only this object knows of a reply while it is written. */
interface Run {
  reply: RunningReply
  begun: ReplyBeginning
  firstTokenAt: number | null
  isCheckpointDue: boolean
  /** The pictures that it came with, once they are kept. */
  pictures?: Part[]
}

/** Hears what becomes of replies. */
interface ReplyListener {
  started: (reply: RunningReply) => void
  /** @param piece what is new of it; its text ends where that of the reply does */
  said: (reply: RunningReply, piece: Piece) => void
  /** A reply is a message now. Called in the transaction that keeps it, so that what it makes due is kept with it. */
  kept: (head: Head) => void
  ended: (reply: RunningReply, end: ReplyEnd) => void
  /** It ended by itself, and what it came to may be carried to the record. */
  finished: () => Promise<void>
}

/** Writes replies, one at a time. A reply runs to its end, even if every client goes away. */
export class Replies {
  readonly #core: Core
  readonly #current: CurrentReply
  readonly #listener: ReplyListener
  readonly #settlement: Settlement
  #run: Run | null = null
  /** What storage refused to keep, for the next try. */
  #unkept: Over | null = null

  constructor(core: Core, current: CurrentReply, listener: ReplyListener) {
    this.#core = core
    this.#current = current
    this.#listener = listener
    this.#settlement = new Settlement(core, listener.kept)
  }

  /**
   * Starts a reply; to be called in the same transaction as the append of what it answers.
   *
   * @param id if a caller gives it one
   * @param extra what is kept with it
   * @param origin the deployment's own address
   */
  begin(
    model: Model,
    request: ReplyRequest,
    answersSeq: number,
    id = uuidv7(),
    extra?: JsonObject,
    origin?: string,
  ): RunningReply {
    const now = Date.now()
    const begun = { id, answersSeq, model: request.model ?? model.name, startedAt: now, extra }
    this.#core.log.unfinishedReply.begin(begun)
    this.#core.duties.implied('reply', now)
    const reply = new RunningReply(id, answersSeq, extra)
    const run: Run = { reply, begun, firstTokenAt: null, isCheckpointDue: false }
    this.#core.transactions.afterCommit(() => {
      this.#run = run
      this.#current.running = reply
      this.#listener.started(reply)
      inBackground(this.#core.ctx, 'reply', this.#write(run, model, request, origin))
    })
    return reply
  }

  /** Ends the running reply and keeps its text so far. Once that is kept, the provider's connection ends too. */
  stop(reply: RunningReply): ReplyEnd {
    const run = this.#run
    if (run?.reply !== reply) throw new Error('Another reply runs than the one to be stopped')
    return this.#core.transactions.run(() => {
      const end = this.#settlement.settle(overAt(run, new Stopped()))
      this.#core.transactions.afterCommit(() => {
        this.#ended(run, end)
        reply.abort.abort()
      })
      return end
    })
  }

  /** Stops the reply that runs, if one does, together with what interrupts it or not at all. */
  interrupt(): void {
    if (this.#run) this.stop(this.#run.reply)
  }

  /** Keeps what an object that is gone has left of its reply, or what storage refused before. */
  settleLeftover(): void {
    if (this.#run) return
    this.#current.hasLeftover = true
    const left = this.#unkept ?? this.#abandoned()
    if (left) this.#settlement.settle(left)
    this.#unkept = null
    this.#current.hasLeftover = false
  }

  #abandoned(): Over | null {
    const written = this.#core.log.head() && this.#core.log.unfinishedReply.read()
    return written && { written, result: new Restarted(), firstTokenAt: null }
  }

  /** Ends the running reply and keeps nothing of it. */
  drop(): void {
    const reply = this.#current.running
    this.#run = null
    this.#current.running = null
    this.#current.last = null
    this.#unkept = null
    reply?.end({ kind: 'failed', why: 'no-such-conversation', extra: {} })
    reply?.abort.abort()
  }

  /** The watchdog's turn: a reply that runs is well; one that only its row remembers is not. */
  watch(now: number): void {
    if (this.#run) return this.#core.duties.postpone('reply', now + BACKSTOP_MS, 0, now)
    this.settleLeftover()
    this.#core.duties.done('reply')
  }

  async #write(
    run: Run,
    model: Model,
    request: ReplyRequest,
    origin: string | undefined,
  ): Promise<void> {
    const { reply } = run
    let result: Ending | Error
    try {
      const { log, settings } = this.#core
      const attaching = { env: settings(), owners: log.owners(), origin }
      const whole = await withAttached(attaching, request)
      result = await this.#listen(model.reply(whole, reply.abort.signal), run)
    } catch (error) {
      result = error instanceof Error ? error : new ModelError('failed', 'The model failed.')
      // Closes the connection upstream, if it is not the one that failed.
      reply.abort.abort()
    }
    let addresses: Addresses = new Map()
    if (reply.pictures.length > 0) {
      run.pictures = await keptPictures(this.#core, reply.pictures)
      addresses = await addressesFor(this.#core, origin, run.pictures)
    }
    // One that was stopped or dropped has had its end, and another may run by now.
    if (this.#run !== run) return
    this.#finish(run, result, addresses)
    await this.#listener.finished()
  }

  // Followers are told of the end even if storage refuses to keep the reply.
  #finish(run: Run, result: Ending | Error, addresses: Addresses): void {
    const over = overAt(run, result)
    let end: ReplyEnd = { kind: 'failed', why: 'internal-error', extra: {} }
    try {
      end = withAddressesIn(this.#settlement.settle(over), addresses)
    } catch (error) {
      this.#unkept = over
      this.#current.hasLeftover = true
      const { id } = this.#core
      logEvent({ event: 'duty-failed', conversation_id: id, duty: 'reply', error: nameOf(error) })
    }
    this.#ended(run, end)
  }

  #ended(run: Run, end: ReplyEnd): void {
    const { reply } = run
    this.#run = null
    this.#current.running = null
    this.#current.last = reply
    reply.end(end)
    this.#listener.ended(reply, end)
  }

  async #listen(pieces: AsyncGenerator<Piece, Ending>, run: Run): Promise<Ending> {
    const env = this.#core.settings()
    const first = wholeNumber(env, 'MODEL_FIRST_TOKEN_TIMEOUT_S', 60) * 1000
    const next = wholeNumber(env, 'MODEL_NEXT_TOKEN_TIMEOUT_S', 30) * 1000
    return listen(pieces, { first, next }, (piece) => {
      run.firstTokenAt ??= Date.now()
      if (!run.reply.add(piece)) return
      this.#listener.said(run.reply, piece)
      this.#checkpoint(run)
    })
  }

  // By a timer and not with the next piece: a model that pauses must not cost what it has said.
  #checkpoint(run: Run): void {
    if (run.isCheckpointDue) return
    run.isCheckpointDue = true
    const waited = scheduler.wait(CHECKPOINT_MS).then(() => {
      run.isCheckpointDue = false
      if (this.#run === run) this.#core.log.unfinishedReply.keepText(writtenOf(run))
    })
    inBackground(this.#core.ctx, 'reply', waited)
  }
}

const writtenOf = ({ begun, reply: { text, reasoning } }: Run): ReplyRow => ({
  ...begun,
  text,
  reasoning,
})

const overAt = (run: Run, result: Ending | Error): Over => ({
  written: {
    ...writtenOf(run),
    extra: run.reply.extra,
    beside: [...(run.pictures ?? inline(run.reply.pictures)), ...run.reply.sources],
  },
  result,
  firstTokenAt: run.firstTokenAt,
})
