import type { Caller } from '../../contract/caller.ts'

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
  readonly #sql: SqlStorage

  constructor(sql: SqlStorage) {
    this.#sql = sql
  }

  pay(calls: number): void {
    this.#sql.exec('UPDATE conversation SET calls_left = ? WHERE calls_left < ?', calls, calls)
  }

  get isSpent(): boolean {
    return this.#sql.exec('SELECT 1 FROM conversation WHERE calls_left > 0').toArray().length === 0
  }

  /** Gives a call back that the model was too busy for. */
  refund(): void {
    this.#sql.exec('UPDATE conversation SET calls_left = calls_left + 1')
  }

  /** Takes one call. False if none is left: then the work waits for the next request that pays. */
  spend(): boolean {
    const spent = this.#sql.exec(
      'UPDATE conversation SET calls_left = calls_left - 1 WHERE calls_left > 0 RETURNING 1',
    )
    return spent.toArray().length > 0
  }
}
