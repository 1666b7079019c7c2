/** What a run saw: how long things took, what went wrong on the way, and what must never have happened. */
export class Measures {
  readonly #took = new Map<string, number[]>()
  readonly #counts = new Map<string, number>()
  /** Promises that were broken, in words. Any of them fails the run. */
  readonly broken: string[] = []

  took(what: string, ms: number): void {
    const all = this.#took.get(what)
    if (all) all.push(ms)
    else this.#took.set(what, [ms])
  }

  count(what: string, by = 1): void {
    this.#counts.set(what, (this.#counts.get(what) ?? 0) + by)
  }

  counted(what: string): number {
    return this.#counts.get(what) ?? 0
  }

  break(what: string): void {
    this.broken.push(what)
  }

  /** Names and counts of those that begin with a word, the most frequent first. */
  counts(prefix: string): [name: string, count: number][] {
    return [...this.#counts]
      .filter(([name]) => name.startsWith(prefix))
      .map(([name, count]): [string, number] => [name.slice(prefix.length), count])
      .toSorted(([, one], [, other]) => other - one)
  }

  latencies(): [name: string, sorted: number[]][] {
    return [...this.#took].map(([name, all]) => [name, all.toSorted((one, other) => one - other)])
  }
}

/** The value below which a share of the sorted ones lies. */
export const percentile = (sorted: number[], share: number): number =>
  sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0

export const mean = (values: number[]): number =>
  values.reduce((sum, value) => sum + value, 0) / Math.max(1, values.length)

/** By how much `y` grows per `x`: least squares. */
export function slope(points: [x: number, y: number][]): number {
  const [meanX, meanY] = [mean(points.map(([x]) => x)), mean(points.map(([, y]) => y))]
  const above = points.reduce((sum, [x, y]) => sum + (x - meanX) * (y - meanY), 0)
  const below = points.reduce((sum, [x]) => sum + (x - meanX) ** 2, 0)
  return below === 0 ? 0 : above / below
}

export const pick = <T>(values: readonly [T, ...T[]]): T =>
  values[Math.floor(Math.random() * values.length)] ?? values[0]

export const between = (low: number, high: number): number => low + Math.random() * (high - low)
