import type { Caller } from '../../contract/caller.ts'
import type { Log } from '../log/log.ts'

/** Calls of the model for summaries and names that one request of a session may cause, if it asks for a reply or a summary. */
const CALLS_OF_SESSIONS = 2
/** The same for each request of a user or a service, appends too. */
const CALLS_OF_OTHERS = 10

/**
 * How many calls of the model in the background a request pays for. An append of a session pays for none: requests for
 * replies are what the rate limits bound by address.
 */
export function callsPaidBy({ owner, service }: Caller, isForModel: boolean): number {
  if (service !== null || owner.kind === 'user') return CALLS_OF_OTHERS
  return isForModel ? CALLS_OF_SESSIONS : 0
}

/**
 * How many calls of the model the conversation's requests have paid for and nobody has made yet. Unused ones do not
 * add up: the last request tops them up.
 */
export class Budget {
  readonly #log: Log

  constructor(log: Log) {
    this.#log = log
  }

  get #left(): number {
    return this.#log.head()?.callsLeft ?? 0
  }

  pay(calls: number): void {
    if (this.#left < calls) this.#log.note({ callsLeft: calls })
  }

  get isSpent(): boolean {
    return this.#left === 0
  }

  /** Gives a call back that the model was too busy for. */
  refund(): void {
    this.#log.note({ callsLeft: this.#left + 1 })
  }

  /** Takes one call. False if none is left: then the work waits for the next request that pays. */
  spend(): boolean {
    const left = this.#left
    if (left === 0) return false
    this.#log.note({ callsLeft: left - 1 })
    return true
  }
}
