import { readFileSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'

import { findInspector, usedHeap } from './heap.ts'
import type { Host } from './host.ts'
import type { Talk } from './talk.ts'
import type { Trouble } from './trouble.ts'
import { recordedSeqs } from './verify.ts'

const EVERY_MS = 250
/** Collecting garbage holds the server up for a moment. */
const HEAP_EVERY_MS = 5_000
const PAGE_BYTES = 4096

export type Series = [ms: number, bytes: number][]

/** Memory of a server from one start to its end: of its processes, and of Hilo in them. */
export interface Life {
  resident: Series
  heap: Series
}

/** What can be seen of the server from outside while it works. */
export class Samples {
  readonly #host: Host
  readonly #trouble: Trouble
  readonly #d1: string
  readonly #talks: Talk[]
  readonly lives: Life[] = []
  longestLagMs = 0
  #wellSince = 0

  constructor(host: Host, trouble: Trouble, d1: string, talks: Talk[]) {
    this.#host = host
    this.#trouble = trouble
    this.#d1 = d1
    this.#talks = talks
  }

  async lagUntil(end: number): Promise<void> {
    for (; Date.now() < end; await sleep(EVERY_MS)) this.takeLag()
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

  async memoryUntil(end: number): Promise<void> {
    let url = ''
    let inspector: string | null = null
    for (; Date.now() < end; await sleep(HEAP_EVERY_MS)) {
      const pids = this.#host.runtimes()
      if (pids.length === 0) continue
      if (url !== this.#host.url) {
        ;({ url } = this.#host)
        inspector = null
        this.lives.push({ resident: [], heap: [] })
      }
      const life = this.lives.at(-1)
      inspector ??= await findInspector(pids)
      life?.resident.push([Date.now(), pids.reduce((sum, pid) => sum + residentOf(pid), 0)])
      const heap = inspector && (await usedHeap(inspector))
      if (heap) life?.heap.push([Date.now(), heap])
    }
  }
}

function residentOf(pid: number): number {
  try {
    return Number(readFileSync(`/proc/${pid}/statm`, 'utf8').split(' ')[1]) * PAGE_BYTES
  } catch {
    // It ended meanwhile.
    return 0
  }
}
