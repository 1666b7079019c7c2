import { setTimeout as sleep } from 'node:timers/promises'

import type { Host } from './host.ts'
import type { Talk } from './talk.ts'
import type { Trouble } from './trouble.ts'
import { recordedSeqs } from './verify.ts'

const EVERY_MS = 250

/** Memory of a server from one start to its end. */
export type Life = [ms: number, bytes: number][]

/** What can be seen of the server from outside while it works. */
export class Samples {
  readonly #host: Host
  readonly #trouble: Trouble
  readonly #d1: string
  readonly #talks: Talk[]
  readonly lives: Life[] = [[]]
  longestLagMs = 0
  #wellSince = 0

  constructor(host: Host, trouble: Trouble, d1: string, talks: Talk[]) {
    this.#host = host
    this.#trouble = trouble
    this.#d1 = d1
    this.#talks = talks
  }

  async takeUntil(end: number): Promise<void> {
    while (Date.now() < end) {
      await sleep(EVERY_MS)
      this.takeLag()
      if (this.#host.isUp) this.#takeMemory()
      else if (this.lives.at(-1)?.length !== 0) this.lives.push([])
    }
  }

  /** How long ago the oldest message was acknowledged that the record lacks. */
  takeLag(): void {
    const seqs = recordedSeqs(this.#d1)
    const now = Date.now()
    if (!this.#host.isUp || this.#trouble.isOn) this.#wellSince = now
    for (const { id, ledger } of this.#talks) {
      for (const since of ledger.unrecorded.values()) {
        this.longestLagMs = Math.max(this.longestLagMs, now - since)
      }
      ledger.recorded(seqs.get(id) ?? 0, now, this.#wellSince)
    }
  }

  #takeMemory(): void {
    const bytes = this.#host.residentBytes()
    if (bytes) this.lives.at(-1)?.push([Date.now(), bytes])
  }
}
