import { log, nameOf } from '../events.ts'
import { within } from '../within.ts'
import { clear } from './bucket.ts'
import type { Kept } from './kept.ts'
import type { Going } from './tables.ts'

/** Keys that go from the bucket in one call. */
const BATCH = 500
/** How long the bucket may take for them. */
const DEADLINE_MS = 30_000
const FIRST_RETRY_MS = 2_000
const LONGEST_RETRY_MS = 60 * 60_000

/** Has the bucket let go of what is to go, later each time that it does not. */
export class Clearing {
  readonly #kept: Kept
  readonly #env: () => Env
  #failures = 0

  constructor(kept: Kept, env: () => Env) {
    this.#kept = kept
    this.#env = env
  }

  /** Of all that is to go by now. Returns whether the bucket let go of it. */
  clear(): Promise<boolean> {
    return this.#all(() => this.#kept.going.by(Date.now(), BATCH))
  }

  /** Of what a conversation that was erased alone named, also if that was put off. */
  clearFor(conversationId: string): Promise<boolean> {
    return this.#all(() => this.#kept.going.for(conversationId, BATCH))
  }

  async #all(next: () => Going[]): Promise<boolean> {
    while (this.#kept.isThere) {
      const going = next()
      if (going.length === 0) return true
      try {
        await within(DEADLINE_MS, clear(this.#env(), going))
      } catch (error) {
        this.failed(error)
        return false
      }
      this.#failures = 0
      this.#kept.going.gone(going.map(({ key }) => key))
    }
    return true
  }

  /** Puts off what is due. Returns until when. */
  failed(error: unknown): number {
    this.#failures += 1
    const wait = Math.min(FIRST_RETRY_MS * 2 ** (this.#failures - 1), LONGEST_RETRY_MS)
    const now = Date.now()
    const at = now + Math.round(wait * (0.75 + Math.random() / 2))
    this.#kept.going.postpone(now, at)
    log({ event: 'files-failed', attempts: this.#failures, error: nameOf(error) })
    return at
  }
}
