import { SUMMARY_LENGTH } from '../contract/limits.ts'
import { type Refusal, refuse } from '../contract/problem.ts'
import { log as logEvent, nameOf } from '../events.ts'
import { type Model, ModelError, type Names } from '../model/model.ts'
import { openModel } from '../model/open.ts'
import { SettingError, text, wholeNumber } from '../settings.ts'
import { inBackground } from './background.ts'
import { type Duties, backoff } from './duties.ts'
import { chunkOf } from './excerpts.ts'
import type { Flush } from './flush.ts'
import type { Log } from './log.ts'
import { OneAtATime } from './one-at-a-time.ts'
import { IncompleteLog } from './outbox.ts'
import type { Head } from './rows.ts'
import { firstWords, shortened, unquoted } from './shortened.ts'
import type { Transactions } from './transactions.ts'
import { failureOf } from './verdict.ts'
import { within } from './within.ts'

/** How many failures in a row it takes to wait for new messages. */
const ATTEMPTS = 5
/** How many it takes to do without a title: it is not worth more. */
const NAMING_ATTEMPTS = 2
/** How long a call may take. */
const DEADLINE_MS = 120_000
/** How long after that the alarm steps in, where the object did not live to finish. */
const BACKSTOP_MS = DEADLINE_MS + 10_000
const TITLE_CHARS = 60
/** The most messages that a chunk may have. */
const CHUNK_MESSAGES = 100
/** How many of the first messages a title is made from. */
const NAMING_MESSAGES = 6

/** The conversation's summary, title and topic: made in the background, never in anybody's way. */
export class Memory {
  readonly #ctx: DurableObjectState
  readonly #env: () => Env
  readonly #log: Log
  readonly #duties: Duties
  readonly #flush: Flush
  readonly #transactions: Transactions
  #summarising: Promise<void> | null = null
  readonly #working = new OneAtATime(() => this.#work())

  constructor(
    ctx: DurableObjectState,
    env: () => Env,
    log: Log,
    duties: Duties,
    flush: Flush,
    transactions: Transactions,
  ) {
    this.#ctx = ctx
    this.#env = env
    this.#log = log
    this.#duties = duties
    this.#flush = flush
    this.#transactions = transactions
  }

  /** Takes on what new messages make due; to be called in the same transaction as their append. */
  owe(head: Head): void {
    if (!head.isNamingOwed && !this.#isSummaryDue(head)) return
    // Asked last, for it takes longer than all the rest and every append comes here.
    if (this.#model() === null) return
    const now = Date.now()
    const failures = this.#duties.take('memory', now + BACKSTOP_MS, now)
    // While the model is failing the alarm alone retries.
    if (failures > 0) return
    this.#transactions.afterCommit(() => inBackground(this.#ctx, 'memory', this.run()))
  }

  #isSummaryDue(head: Head): boolean {
    // One that makes no sense is never reached; `#model` sees to it that nothing is done then.
    const every = Number(text(this.#env(), 'SUMMARY_EVERY') ?? 10)
    return head.lastSeq - Math.max(head.summarySeq, head.givenUpSeq) >= every
  }

  // A deployment that is not set up for a model says so where somebody asks for a reply, not here.
  #model(): Model | null {
    try {
      wholeNumber(this.#env(), 'SUMMARY_EVERY', 10)
      return openModel(this.#env())
    } catch (error) {
      if (error instanceof SettingError) return null
      throw error
    }
  }

  /** Works off what is due. What fails is tried again by the alarm. Rejects only where storage fails. */
  run(): Promise<void> {
    return this.#working.run()
  }

  async #work(): Promise<void> {
    // Once begun, it goes on to the end, in as many chunks as that takes.
    let upTo = 0
    try {
      for (;;) {
        const head = this.#log.head()
        const model = this.#model()
        if (head === null) return
        if (model === null) break
        if (this.#isSummaryDue(head)) upTo = head.lastSeq
        if (head.summarySeq < upTo) await this.#summarise(model, head)
        else if (head.isNamingOwed) await this.#entitle(model, head)
        else break
      }
      this.#duties.done('memory')
    } catch (error) {
      this.#failed(error)
    }
  }

  /** A summary of all there is, now. Null where that worked, or nothing was new. */
  async summariseNow(): Promise<Refusal | null> {
    const upTo = this.#log.head()?.lastSeq ?? 0
    try {
      for (;;) {
        const head = this.#log.head()
        if (head === null || head.summarySeq >= upTo) return null
        const model = openModel(this.#env())
        if (model === null) return refuse('no-model', { detail: 'Write the summary with PATCH.' })
        await this.#summarise(model, head)
      }
    } catch (error) {
      if (error instanceof SettingError) return refuse('not-configured', { detail: error.message })
      if (error instanceof IncompleteLog) {
        return refuse('internal-error', {
          detail: 'A message is missing. The log of events says so.',
        })
      }
      const { why, extra } = failureOf(error instanceof Error ? error : null)
      return refuse(why, extra)
    }
  }

  // One at a time, whoever asks: no stretch is summarised twice.
  #summarise(model: Model, head: Head): Promise<void> {
    this.#summarising ??= this.#summariseNext(model, head).finally(() => {
      this.#summarising = null
    })
    return this.#summarising
  }

  async #summariseNext(model: Model, head: Head): Promise<void> {
    const { rows } = this.#log.after(head.summarySeq, CHUNK_MESSAGES)
    const { excerpts, lastSeq } = chunkOf(rows, head.language)
    // Nothing would come of it, however often the model is asked.
    if (lastSeq <= head.summarySeq) throw this.#incomplete(head)
    const startedAt = Date.now()
    const job = { previous: head.summary, excerpts, language: head.language }
    const written = model.summarise({ ...job, maxLength: SUMMARY_LENGTH })
    const summary = shortened(await within(DEADLINE_MS, written), SUMMARY_LENGTH)
    const now = Date.now()
    // Somebody else's may have come meanwhile: then this one began from what is no longer so.
    if (this.#log.head()?.summarySeq !== head.summarySeq) return
    this.#transactions.run(() => {
      this.#log.change({ summary, summarySeq: lastSeq }, now)
      this.#flush.owe()
    })
    logEvent({
      event: 'summarised',
      conversation_id: head.id,
      summary_seq: lastSeq,
      messages: excerpts.length,
      took_ms: now - startedAt,
    })
  }

  #incomplete({ id, pendingSince }: Head): IncompleteLog {
    const now = Date.now()
    const backlog = { conversation_id: id, backlog_ms: now - (pendingSince ?? now) }
    logEvent({ event: 'alert', alert: 'log-incomplete', ...backlog })
    return new IncompleteLog()
  }

  async #entitle(model: Model, head: Head): Promise<void> {
    let names: Names | null = null
    if (head.title === null || head.topic === null) {
      const { rows } = this.#log.after(0, NAMING_MESSAGES)
      const { excerpts } = chunkOf(rows, head.language)
      names = await within(DEADLINE_MS, model.entitle({ excerpts, language: head.language }))
    }
    this.#transactions.run(() => this.#name(names))
  }

  #name(names: Names | null): void {
    // What a person has set meanwhile stands.
    const now = this.#log.head()
    if (now === null) return
    if (names) {
      const title = now.title ?? (shortened(unquoted(names.title), TITLE_CHARS) || null)
      const topic = now.topic ?? (firstWords(unquoted(names.topic), 3) || null)
      this.#log.change({ title, topic }, Date.now())
      this.#flush.owe()
    }
    this.#log.namingDone()
  }

  #failed(error: unknown): void {
    const head = this.#log.head()
    if (head === null) return
    const now = Date.now()
    const attempts = this.#duties.attempts('memory') + 1
    const isSummary = this.#isSummaryDue(head)
    // No retry brings back what is missing.
    const isHopeless = error instanceof IncompleteLog
    if (isHopeless || attempts >= (isSummary ? ATTEMPTS : NAMING_ATTEMPTS)) {
      this.#transactions.run(() => {
        if (isSummary || isHopeless) this.#log.giveUpSummary(head.lastSeq)
        else this.#log.namingDone()
        this.#duties.done('memory')
        this.owe(this.#log.head() ?? head)
      })
    } else {
      this.#duties.postpone('memory', now + backoff(attempts), attempts, now)
    }
    const kind = error instanceof ModelError ? error.kind : nameOf(error)
    logEvent({ event: 'memory-failed', conversation_id: head.id, attempts, error: kind })
  }
}
