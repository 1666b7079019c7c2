import { type Refusal, refuse } from '../../contract/problem.ts'
import type { Core } from './core.ts'

/** How often it is tried again to wake as it should be, if that has failed, by those who ask. */
const WAKE_EVERY_MS = 2_000

/** Lets calls in once the object's tables are as this version needs them. */
export class Door {
  readonly #core: Core
  readonly #current: { hasLeftover: boolean }
  readonly #wake: () => void
  #wokenAt = 0

  /** @param wakeUp takes up what the object owes; called at once, and again while that has failed */
  constructor(core: Core, current: { hasLeftover: boolean }, wakeUp: () => void) {
    this.#core = core
    this.#current = current
    this.#wake = wakeUp
    wakeUp()
  }

  /**
   * The refusal for every call while the tables are not as this version needs them; null as soon as they are. Strangers
   * are told the same, because whose the conversation is can't be read either.
   */
  closed(now = Date.now()): Refusal | null {
    const { log, duties } = this.#core
    if (log.isOpen && !this.#current.hasLeftover && !duties.isUnclear) duties.rearm(now)
    else if (now >= this.#wokenAt + WAKE_EVERY_MS) {
      this.#wokenAt = now
      this.#wake()
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
