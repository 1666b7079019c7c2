import { ModelError } from '../../model/model.ts'
import { type Duties, backoff } from '../duties/duties.ts'
import type { Log } from '../log/log.ts'
import type { Head } from '../log/rows.ts'
import { IncompleteLog } from '../record/outbox.ts'
import type { Budget } from './budget.ts'
import { madeUpTitle } from './naming.ts'

/** How many failures in a row it takes to wait for new messages. */
const ATTEMPTS = 5
/** How many it takes to do without a title: it is not worth more. */
const NAMING_ATTEMPTS = 2
/** The same if the model is too busy: some hours, the last of them every five minutes. */
const BUSY_ATTEMPTS = 60
interface Parts {
  log: Log
  duties: Duties
  budget: Budget
  flush: { owe: () => void }
}

interface Failure {
  error: unknown
  /** How many there were in a row. */
  attempts: number
  isSummary: boolean
}

/** Puts memory's work off after a failure. Returns whether it is given up; to be called in a transaction. */
export function putOff(parts: Parts, head: Head, failure: Failure, now: number): boolean {
  const { log, duties, budget } = parts
  const { error, attempts, isSummary } = failure
  // No retry brings back what is missing.
  const isHopeless = error instanceof IncompleteLog
  const isBusy = error instanceof ModelError && error.kind === 'overloaded'
  if (isBusy) budget.refund()
  const most = isBusy ? BUSY_ATTEMPTS : isSummary ? ATTEMPTS : NAMING_ATTEMPTS
  if (!isHopeless && attempts < most) {
    // A reply has just come from it: the first time it is short of breath rather than overrun.
    const asked = isBusy && attempts > 1 ? (error.retryAfter ?? 0) * 1_000 : 0
    duties.postpone('memory', now + Math.max(backoff(attempts), asked), attempts, now)
    return false
  }
  // It waits until as many messages more have come as it takes to start it.
  if (isSummary || isHopeless) log.note({ givenUpSeq: head.headSeq })
  else makeUpTitle(parts, head, now)
  duties.done('memory')
  return true
}

/** What a person asked first is better than no title, until the model finds one. */
function makeUpTitle({ log, flush }: Parts, head: Head, now: number): void {
  const title = madeUpTitle(log, head)
  if (title !== null) {
    log.change({ title }, now)
    flush.owe()
  }
  log.namingDone(title !== null || head.isTitleMadeUp)
}
