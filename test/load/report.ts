import type { LogWatch } from './log-watch.ts'
import { type Measures, percentile } from './measures.ts'
import { memoryOf } from './memory.ts'
import type { Samples } from './samples.ts'
import type { Talk } from './talk.ts'

interface Run {
  measures: Measures
  samples: Samples
  log: LogWatch
  took: number
  quietMs: number
  checked: number
  talks: Talk[]
}

export function report({ measures, samples, log, took, quietMs, checked, talks }: Run): void {
  const acknowledged = talks.reduce((sum, { ledger }) => sum + ledger.size, 0)
  const seconds = took / 1_000
  const answered = measures
    .latencies()
    .filter(([name]) => isRequest(name))
    .reduce((sum, [, all]) => sum + all.length, 0)
  console.log(`
Talked for ${round(seconds)} s: ${acknowledged} messages acknowledged (${round(acknowledged / seconds)}/s), \
${answered} requests answered (${round(answered / seconds)}/s)
Killed and started again: ${measures.counted('kills')} times
D1 in trouble for ${round(measures.counted('trouble ms') / 1_000)} s: ${listed(measures, 'trouble ', 'ms')}
Checked at the end: ${checked} messages in ${talks.length} conversations; quiet after ${round(quietMs / 1_000)} s
`)
  console.log(`${'ms'.padEnd(40)}${['n', 'p50', 'p95', 'p99', 'max'].map(column).join('')}`)
  for (const [name, all] of measures.latencies()) {
    const shares = [0.5, 0.95, 0.99, 1].map((share) => round(percentile(all, share)))
    console.log(`${name.padEnd(40)}${[all.length, ...shares].map(column).join('')}`)
  }
  console.log(`
The record was behind by at most ${round(samples.longestLagMs / 1_000)} s; of failed flushes the longest backlog was \
${round(log.longestBacklogMs / 1_000)} s, the largest ${log.mostBacklogMessages} messages
Replies: ${listed(measures, 'reply ')}; left in the middle: ${measures.counted('left in the middle')}
Errors that clients saw and outlived: ${listed(measures, 'error ')}
Events: ${listed(measures, 'event ')}
${samples.lives.map(memoryOf).join('\n')}
`)
}

const isRequest = (name: string): boolean => !/^until|first words/.test(name)

const listed = (measures: Measures, prefix: string, except?: string): string =>
  measures
    .counts(prefix)
    .filter(([name]) => name !== except)
    .map(([name, count]) => `${name} ${count}`)
    .join(', ') || 'none'

const round = (value: number): number =>
  value >= 100 ? Math.round(value) : Math.round(value * 10) / 10

const column = (value: number | string): string => String(value).padStart(9)
