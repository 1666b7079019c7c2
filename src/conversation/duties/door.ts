import { type Refusal, refuse } from '../../contract/problem.ts'
import type { Desk } from '../desk.ts'
import { wake } from './wake.ts'

/** How often it is tried again to bring the tables up to date, where that has failed, by those who ask. */
const WAKE_EVERY_MS = 2_000

/** Where every call comes in. */
export class Door {
  readonly #desk: Desk
  #wokenAt = 0

  constructor(desk: Desk) {
    this.#desk = desk
    wake(desk)
  }

  /**
   * What every call is refused with while the tables are not as this version needs them; null as soon as they are.
   * Strangers are told the same: whose the conversation is can't be read either.
   */
  closed(now = Date.now()): Refusal | null {
    const { log, duties, replies } = this.#desk
    if (log.isOpen && !replies.hasLeftover) duties.rearm(now)
    else if (now >= this.#wokenAt + WAKE_EVERY_MS) {
      this.#wokenAt = now
      wake(this.#desk)
    }
    if (log.isOpen) return null
    return refuse('try-again', {
      detail: 'The storage of this conversation could not be brought up to date. Nothing is lost.',
      retry_after: 60,
    })
  }
}

/** What the platform calls by itself. */
export const platformCalls = [
  'constructor',
  'alarm',
  'fetch',
  'webSocketMessage',
  'webSocketClose',
] as const

/** Has all methods of a class, but those that see to it themselves, answer with a refusal while there is one. */
export function guard<T extends object>(
  prototype: T,
  excepted: readonly string[],
  refusalOf: (object: T) => Refusal | null,
): void {
  for (const name of Object.getOwnPropertyNames(prototype)) {
    const { value } = Object.getOwnPropertyDescriptor(prototype, name) ?? {}
    if (typeof value !== 'function' || excepted.includes(name)) continue
    const answer = value as (this: T, ...args: unknown[]) => unknown
    const guarded = function guarded(this: T, ...args: unknown[]) {
      return refusalOf(this) ?? answer.apply(this, args)
    }
    Object.defineProperty(prototype, name, { value: guarded })
  }
}
