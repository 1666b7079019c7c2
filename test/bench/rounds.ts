/** One thing that is measured: `once` is one request, or the milliseconds of it that count if not all do. */
export interface Operation {
  name: string
  once: () => Promise<number | void>
  /** Before each block, not measured: fresh things to work on, and objects woken. */
  before?: () => Promise<unknown>
  /** After each block, not measured: what it left to do is its own, not the next one's. */
  settleMs?: number
}

export interface Figures {
  p50: number
  p95: number
  perSecond: number
  /** Milliseconds of the runtime's CPU for each, what it leaves to be done included. */
  cpu: number
  samples: number
}

export interface Plan {
  rounds: number
  blockMs: number
  concurrency: number
  cpuClock: () => number
}

class Measured {
  readonly times: number[] = []
  busyMs = 0
  cpuMs = 0

  figures(): Figures {
    const sorted = this.times.toSorted((a, b) => a - b)
    const at = (share: number) => sorted[Math.floor((sorted.length - 1) * share)] ?? NaN
    const perSecond = (this.times.length / this.busyMs) * 1000
    const cpu = this.cpuMs / this.times.length
    return { p50: at(0.5), p95: at(0.95), perSecond, cpu, samples: sorted.length }
  }
}

const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms))

async function block(operation: Operation, plan: Plan, measured: Measured | null): Promise<void> {
  await operation.before?.()
  const cpuBefore = plan.cpuClock()
  const start = performance.now()
  const end = start + plan.blockMs
  const work = async () => {
    while (performance.now() < end) {
      const from = performance.now()
      const own = await operation.once()
      measured?.times.push(own ?? performance.now() - from)
    }
  }
  await Promise.all(Array.from({ length: plan.concurrency }, work))
  if (measured) measured.busyMs += performance.now() - start
  await pause(operation.settleMs ?? 0)
  if (measured) measured.cpuMs += plan.cpuClock() - cpuBefore
}

/**
 * Measures operations in turn, a block of each and then again, every round beginning with another one: so whatever
 * else the machine does meets all of them alike. The first round warms up and does not count.
 */
export async function inTurn(operations: Operation[], plan: Plan): Promise<Map<string, Figures>> {
  const all = new Map(operations.map((operation) => [operation, new Measured()]))
  for (let round = 0; round <= plan.rounds; round += 1) {
    const first = round % operations.length
    const turn = [...operations.slice(first), ...operations.slice(0, first)]
    for (const operation of turn) {
      await block(operation, plan, round === 0 ? null : (all.get(operation) ?? null))
    }
  }
  return new Map([...all].map(([{ name }, measured]) => [name, measured.figures()]))
}
