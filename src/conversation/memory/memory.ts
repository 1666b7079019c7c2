import type { Caller } from '../../contract/caller.ts'
import { SUMMARY_LENGTH } from '../../contract/limits.ts'
import { type Refusal, refuse, refuseSetting } from '../../contract/problem.ts'
import { log as logEvent } from '../../events.ts'
import type { Model, Names } from '../../model/model.ts'
import { openModel } from '../../model/open.ts'
import { SettingError, text, wholeNumber } from '../../settings.ts'
import { within } from '../../within.ts'
import { isKeptFromModel, notForAnonymous } from '../context/anonymous.ts'
import { inBackground } from '../duties/background.ts'
import type { Core } from '../duties/core.ts'
import type { Duties } from '../duties/duties.ts'
import { OneAtATime } from '../duties/one-at-a-time.ts'
import type { Log } from '../log/log.ts'
import type { Head } from '../log/rows.ts'
import type { Transactions } from '../log/transactions.ts'
import { type Flush, backlogOf } from '../record/flush.ts'
import { IncompleteLog } from '../record/outbox.ts'
import { factsOf, failureOf } from '../reply/verdict.ts'
import { Budget, callsPaidBy } from './budget.ts'
import { chunkOf } from './excerpts.ts'
import { keepNames, namedAfter } from './naming.ts'
import { putOff } from './put-off.ts'
import { shortened } from './shortened.ts'

/** How long a call may take. */
const DEADLINE_MS = 120_000
/** How long after that the alarm steps in, if the object did not live to finish. */
const BACKSTOP_MS = DEADLINE_MS + 10_000
/** The most messages that a chunk may have. */
const CHUNK_MESSAGES = 100

/** The conversation's summary, title and topic: made in the background, never in anybody's way. */
export class Memory {
  readonly #ctx: DurableObjectState
  readonly #env: () => Env
  readonly #log: Log
  readonly #duties: Duties
  readonly #flush: Flush
  readonly #transactions: Transactions
  readonly #budget: Budget
  #summarising: Promise<boolean> | null = null
  readonly #working = new OneAtATime(() => this.#work())

  constructor({ ctx, settings, log, duties, transactions }: Core, flush: Flush) {
    this.#ctx = ctx
    this.#env = settings
    this.#log = log
    this.#duties = duties
    this.#flush = flush
    this.#transactions = transactions
    this.#budget = new Budget(log)
  }

  /**
   * Takes on what new messages make due; to be called in the same transaction as their append.
   *
   * @param calls how many calls of the model their request pays for
   * @param isWell whether the model has just shown that it is
   */
  owe(head: Head, calls: number, isWell = false): void {
    if (calls > 0) this.#budget.pay(calls)
    if (!head.isNamingOwed && !this.#isSummaryDue(head)) return
    // Asked last, for it takes longer than all the rest and every append comes here.
    if (this.#model(head) === null || this.#budget.isSpent) return
    const now = Date.now()
    const failures = this.#duties.take('memory', now + BACKSTOP_MS, now)
    // While the model is failing the alarm alone retries.
    if (failures > 0 && !isWell) return
    this.#transactions.afterCommit(() => inBackground(this.#ctx, 'memory', this.run()))
  }

  #isSummaryDue(head: Head): boolean {
    // One that makes no sense is never reached; `#model` sees to it that nothing is done then.
    const every = Number(text(this.#env(), 'SUMMARY_EVERY') ?? 10)
    const after = Math.max(head.summarySeq, head.givenUpSeq)
    // A path has no more messages than its numbers say; only if those are enough is it looked at.
    return (
      head.headSeq - after >= every &&
      this.#log.path(head.headSeq).countAbove(after, every) >= every
    )
  }

  // A deployment that is not set up for a model says so if somebody asks for a reply, not here.
  #model(head: Head): Model | null {
    try {
      wholeNumber(this.#env(), 'SUMMARY_EVERY', 10)
      return isKeptFromModel(this.#env(), head) ? null : openModel(this.#env())
    } catch (error) {
      if (error instanceof SettingError) return null
      throw error
    }
  }

  /** Works off what is due. What fails is tried again by the alarm. Rejects only if storage fails. */
  run(): Promise<void> {
    return this.#working.run()
  }

  async #work(): Promise<void> {
    // Once begun, it goes on to the end, in as many chunks as that takes, while calls are left that are paid for.
    let upTo = 0
    try {
      for (;;) {
        const head = this.#log.head()
        if (head === null) return
        const model = this.#model(head)
        if (model === null) break
        if (this.#isSummaryDue(head)) upTo = head.headSeq
        const isBehind = head.summarySeq < Math.min(upTo, head.headSeq)
        if (!isBehind && !head.isNamingOwed) break
        const goesOn = await (isBehind ? this.#summarise(model, head) : this.#entitle(model, head))
        if (!goesOn) break
      }
      this.#duties.done('memory')
    } catch (error) {
      this.#failed(error)
    }
  }

  /** A summary now, of all there is or of as much as one request pays for. Null if that worked, or nothing was new. */
  async summariseNow(caller: Caller): Promise<Refusal | null> {
    const before = this.#log.head()
    const upTo = before?.headSeq ?? 0
    try {
      const isKept = before !== null && isKeptFromModel(this.#env(), before)
      if (isKept && caller.service === null) return notForAnonymous()
      for (let isPaid = false; ; isPaid = true) {
        const head = this.#log.head()
        if (head === null || head.summarySeq >= Math.min(upTo, head.headSeq)) return null
        const model = openModel(this.#env())
        if (model === null) return refuse('no-model', { detail: 'Write the summary with PATCH.' })
        if (!isPaid) this.#budget.pay(callsPaidBy(caller, true))
        if (!(await this.#summarise(model, head))) return null
      }
    } catch (error) {
      if (error instanceof SettingError) return refuseSetting(error)
      if (error instanceof IncompleteLog) {
        return refuse('internal-error', {
          detail: 'A message is missing. The log of events says so.',
        })
      }
      const { why, extra } = failureOf(error instanceof Error ? error : null)
      return refuse(why, extra)
    }
  }

  // One at a time, so that no message is summarised twice. False if no call is left for it.
  #summarise(model: Model, head: Head): Promise<boolean> {
    this.#summarising ??= this.#summariseNext(model, head).finally(() => {
      this.#summarising = null
    })
    return this.#summarising
  }

  async #summariseNext(model: Model, head: Head): Promise<boolean> {
    const { rows } = this.#log.path(head.headSeq).after(head.summarySeq, CHUNK_MESSAGES)
    const { excerpts, lastSeq } = chunkOf(rows, head.language)
    // Nothing would come of it, however often the model is asked.
    if (lastSeq <= head.summarySeq) throw this.#incomplete(head)
    if (excerpts.length === 0) {
      this.#cover(head.summary, lastSeq)
      return true
    }
    if (!this.#budget.spend()) return false
    const startedAt = Date.now()
    const job = { previous: head.summary, excerpts, language: head.language }
    const words = this.#log.changedIn()
    const written = model.summarise({ ...job, maxLength: SUMMARY_LENGTH })
    const summary = shortened(await within(DEADLINE_MS, written), SUMMARY_LENGTH)
    // Somebody else's may have come meanwhile, or what it tells of was deleted: then it began from what is no longer so.
    const isOld = this.#log.head()?.summarySeq !== head.summarySeq
    if (isOld || this.#log.changedIn() !== words) return true
    this.#cover(summary, lastSeq)
    logEvent({
      event: 'summarised',
      conversation_id: head.id,
      summary_seq: lastSeq,
      messages: excerpts.length,
      took_ms: Date.now() - startedAt,
    })
    return true
  }

  #cover(summary: string | null, summarySeq: number): void {
    this.#transactions.run(() => {
      this.#log.summarise(summary, summarySeq, Date.now())
      this.#flush.owe()
    })
  }

  /** Names the conversation now, if this deployment has a model, as one request pays for it. */
  async nameNow(head: Head, caller: Caller): Promise<void> {
    const model = this.#model(head)
    if (model === null) return
    this.#budget.pay(callsPaidBy(caller, true))
    await this.#entitle(model, head)
  }

  #incomplete(head: Head): IncompleteLog {
    logEvent({ event: 'alert', alert: 'log-incomplete', ...backlogOf(head, Date.now()) })
    return new IncompleteLog()
  }

  /** False if no call is left for it. */
  async #entitle(model: Model, head: Head): Promise<boolean> {
    const excerpts = namedAfter(this.#log, head)
    const isWanted = excerpts.length > 0
    if (isWanted && !this.#budget.spend()) return false
    const job = { excerpts, language: head.language }
    const words = this.#log.changedIn()
    const names = isWanted ? await within(DEADLINE_MS, model.entitle(job)) : null
    // Else it is asked for anew, for what it is named after may be deleted.
    if (this.#log.changedIn() === words) this.#transactions.run(() => this.#name(names))
    return true
  }

  #name(names: Names | null): void {
    const head = this.#log.head()
    if (head === null) return
    if (names) {
      keepNames(this.#log, head, names)
      this.#flush.owe()
    }
    this.#log.namingDone()
  }

  #failed(error: unknown): void {
    const head = this.#log.head()
    if (head === null) return
    const attempts = this.#duties.attempts('memory') + 1
    const parts = { log: this.#log, duties: this.#duties, flush: this.#flush, budget: this.#budget }
    const failure = { error, attempts, isSummary: this.#isSummaryDue(head) }
    this.#transactions.run(() => {
      const isGivenUp = putOff(parts, head, failure, Date.now())
      if (isGivenUp) this.owe(this.#log.head() ?? head, 0)
    })
    logEvent({ event: 'memory-failed', conversation_id: head.id, attempts, ...factsOf(error) })
  }
}
