import { FLUSH_BYTES } from '../../contract/limits.ts'
import { log as logEvent, nameOf } from '../../events.ts'
import { openDatabase } from '../../storage/database.ts'
import { writeBatch } from '../../storage/projection.ts'
import { troubleOf } from '../../storage/trouble.ts'
import { ownerOf, usageOf } from '../../storage/usage.ts'
import { isDoneWithin, within } from '../../within.ts'
import { inBackground } from '../duties/background.ts'
import type { Core } from '../duties/core.ts'
import { type Duties, backoff, longBackoff } from '../duties/duties.ts'
import { OneAtATime } from '../duties/one-at-a-time.ts'
import { type Claimed, claim } from '../head/claim.ts'
import type { Log } from '../log/log.ts'
import type { Head } from '../log/rows.ts'
import type { Transactions } from '../log/transactions.ts'
import { IncompleteLog, Outbox, isPending, outcomeOf } from './outbox.ts'

/** How long a change may wait for others to share its flush. */
const COALESCE_MS = 250
/** How long it waits for the end of a reply. */
const REPLY_MS = 5_000
/** How long a request waits for the record to show what it changed. */
const PATIENCE_MS = 2_000
/** D1 ends a batch after 30 s; one that never answers at all is given up after this. */
const DEADLINE_MS = 60_000
/** After so many writes in one go that bring the record no further, something is wrong that no write mends. */
const IDLE_WRITES = 5
const HOUR_MS = 60 * 60_000

/** Who follows the record. */
type Fed = Record<'expect' | 'owe' | 'tellAgain', () => void>

/** Carries the log into the record: in order, one write at a time, again until it is there. */
export class Flush {
  readonly #core: Core
  readonly #ctx: DurableObjectState
  readonly #log: Log
  readonly #duties: Duties
  readonly #transactions: Transactions
  readonly #reply: Claimed
  readonly #index: Fed
  readonly #outbox: Outbox
  readonly #flushing = new OneAtATime(() => this.#all())
  #soonAt: number | null = null
  #pendingBytes = 0
  #isAsking = false

  /**
   * @param reply is told when the conversation becomes a user's
   * @param index is told of new text in the transaction that keeps it, when the record has all of the log, and when it has lost some
   */
  constructor(core: Core, reply: Claimed, index: Fed) {
    const { ctx, log, duties, tables, transactions } = core
    this.#core = core
    this.#ctx = ctx
    this.#log = log
    this.#duties = duties
    this.#transactions = transactions
    this.#reply = reply
    this.#index = index
    this.#outbox = new Outbox(tables)
  }

  /** Owes a flush; to be called in the same transaction as the change, after it. `bytes` is how much text it brought. */
  owe({ bytes = 0, duringReply = false }: { bytes?: number; duringReply?: boolean } = {}): void {
    const now = Date.now()
    if (bytes > 0) this.#index.expect()
    const failures = this.#duties.implied('flush', now)
    // While D1 is failing the alarm alone retries: every append doing so too would keep it down.
    if (failures > 0) return
    this.#transactions.afterCommit(() => {
      this.#pendingBytes += bytes
      if (this.#pendingBytes > FLUSH_BYTES) inBackground(this.#ctx, 'flush', this.now())
      else this.#soon(now, duringReply ? REPLY_MS : COALESCE_MS)
    })
  }

  #soon(now: number, wait: number): void {
    if (this.#soonAt !== null && this.#soonAt <= now + wait) return
    const at = now + wait
    this.#soonAt = at
    const waited = scheduler.wait(wait).then(async () => {
      // Another flush has been there meanwhile, for a request or for its size.
      if (this.#soonAt !== at) return
      this.#soonAt = null
      if (this.#duties.attempts('flush') === 0) await this.now()
    })
    inBackground(this.#ctx, 'flush', waited)
  }

  /** Resolves once the record has all the log has, or a write failed and the alarm has it. Rejects only if storage fails. */
  now(): Promise<void> {
    return this.#flushing.run()
  }

  /** Asks in the background what the owner's conversations take up now. */
  askUsage(): void {
    if (this.#isAsking) return
    this.#isAsking = true
    inBackground(
      this.#ctx,
      'flush',
      this.#usage().finally(() => {
        this.#isAsking = false
      }),
    )
  }

  async #usage(): Promise<void> {
    const head = this.#log.head()
    if (head === null) return
    try {
      const blocks = await within(
        PATIENCE_MS,
        usageOf(openDatabase(this.#core.settings().DB), ownerOf(head)),
      )
      if (this.#log.head() !== null) this.#log.note({ ownerBlocks: blocks })
    } catch {
      // The next refusal asks again.
    }
  }

  /** Starts a flush now, which nobody waits for. */
  soon(): void {
    inBackground(this.#ctx, 'flush', this.now())
  }

  /** Flushes for a request, which waits a while but never fails for it. */
  async shown(): Promise<void> {
    const flushing = this.now()
    inBackground(this.#ctx, 'flush', flushing)
    await isDoneWithin(PATIENCE_MS, flushing)
  }

  async #all(): Promise<void> {
    this.#soonAt = null
    let idle = 0
    for (;;) {
      // Read in the same step as what follows from it: what a change sets in between would be taken back.
      const before = this.#log.head()
      if (before === null) return
      if (!isPending(before)) {
        this.#pendingBytes = 0
        this.#soonAt = null
        this.#index.owe()
        // After what the index is owed: with nothing owed any more, an import's alarm goes.
        this.#duties.done('flush')
        return
      }
      const after = await this.#next(before)
      if (after === 'over') return
      if (!isFurther(before, after)) idle += 1
      if (idle >= IDLE_WRITES) return this.#alert('flush-stuck', before)
    }
  }

  /** The conversation after one more write; or that there is no going on now. */
  async #next(head: Head): Promise<Head | 'over' | null> {
    try {
      return (await this.#write(head)) ? this.#log.head() : 'over'
    } catch (error) {
      if (this.#log.head() !== null) this.#failed(head, error)
      return 'over'
    }
  }

  /** One write. Returns false if D1 contradicts the log: then flushing stops. */
  async #write(head: Head): Promise<boolean> {
    const sent = this.#outbox.next(head)
    // One that is given up may still arrive: the record takes none that is overtaken.
    const writing = writeBatch(this.#core.settings().DB, sent)
    const { found, link, ownerBlocks } = await within(DEADLINE_MS, writing)
    // Erased meanwhile: what the record has is removed from there.
    if (this.#log.head() === null) return false
    // One that was made before the record had the conversation could not find it there.
    if (link)
      claim({ ...this.#core, flush: this, current: this.#reply }, { requestId: 'flush', ...link })
    const now = Date.now()
    // What came meanwhile is no sign that the record is ahead.
    const outcome = outcomeOf(sent, found, this.#log.lastSeq(), head.version)
    switch (outcome.kind) {
      case 'done':
        if (outcome.version === sent.row.version) this.#outbox.confirmed = sent.row
        this.#log.moveCursor(outcome.seq, outcome.version, now, ownerBlocks)
        return true
      case 'behind':
        this.#log.moveCursor(outcome.seq, found?.version ?? null, now, null)
        this.#index.tellAgain()
        logEvent({
          event: 'record-behind',
          conversation_id: head.id,
          from_seq: head.flushedSeq,
          to_seq: outcome.seq,
        })
        return true
      case 'ahead':
      case 'different':
        this.#alert(`record-${outcome.kind}`, head)
        return false
    }
  }

  // Trying again soon would change nothing: somebody has to look at it.
  #alert(alert: 'record-ahead' | 'record-different' | 'flush-stuck', head: Head): void {
    const now = Date.now()
    this.#postpone(longBackoff(), now)
    logEvent({ event: 'alert', alert, ...backlogOf(head, now) })
  }

  #failed(head: Head, error: unknown): void {
    const now = Date.now()
    const trouble = troubleOf(error)
    const attempts = this.#duties.attempts('flush') + 1
    const isIncomplete = error instanceof IncompleteLog
    const isLong = trouble === 'overloaded' || trouble === 'full' || isIncomplete
    this.#postpone(isLong ? longBackoff() : backoff(attempts), now)
    const backlog = backlogOf(head, now)
    logEvent({
      event: 'flush-failed',
      ...backlog,
      attempts,
      backlog_messages: head.lastSeq - head.flushedSeq,
      error: `${trouble}: ${nameOf(error)}`,
    })
    if (isIncomplete) {
      logEvent({ event: 'alert', alert: 'log-incomplete', ...backlog })
    } else if (trouble === 'full') {
      logEvent({ event: 'alert', alert: 'database-full', ...backlog })
    } else if (backlog.backlog_ms >= HOUR_MS) {
      logEvent({ event: 'alert', alert: 'flush-failing-for-an-hour', ...backlog })
    }
  }

  // A request's own flush may fail between the alarm's, which then is due anew.
  #postpone(wait: number, now: number): void {
    this.#duties.postpone('flush', now + wait, this.#duties.attempts('flush') + 1, now)
  }
}

const isFurther = (before: Head, after: Head | null): boolean =>
  after === null ||
  after.flushedSeq > before.flushedSeq ||
  after.flushedVersion > before.flushedVersion

export const backlogOf = ({ id, pendingSince }: Head, now: number) => ({
  conversation_id: id,
  backlog_ms: now - (pendingSince ?? now),
})
