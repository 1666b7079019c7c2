import type { FileBill } from './files.ts'
import type { Found } from './finding.ts'
import { type Measure, figureOf, fixed, floorOf } from './floors.ts'
import type { Grown } from './growth.ts'
import { type Bill, priceOf } from './prices.ts'
import type { Figures } from './rounds.ts'

export interface Findings {
  /** One caller at a time. */
  figures: Map<string, Figures>
  /** Many at once. */
  crowded: Map<string, Figures>
  bills: Map<string, Bill>
  fileBills: FileBill[]
  searchings: { size: number; firstMs: number; wholeMs: number }[]
  found: Found
  /** Null if it was not measured. */
  grown: Grown | null
  sizeKiB: number
  startMs: number
  isQuick: boolean
}

export interface Line {
  what: string
  target: string
  found: string
  /** The same as ratios of CPU, if it is about time. */
  cpu?: string
  isMet: boolean
}

/** Each of what begins with `prefix`, as a ratio to a floor's. */
function ratios(all: Map<string, Figures>, prefix: string, floor: string, by: Measure) {
  const base = floorOf(all, floor, by)
  return [...all].flatMap(([name, figures]): [string, number][] =>
    name.startsWith(prefix) ? [[name, figures[by] / base]] : [],
  )
}

export const listed = (found: [string, number][]): string =>
  found
    .map(([name, ratio]) => {
      const label = /(?:history|page) (\d+)$/.exec(name)?.[1] ?? name
      return found.length > 1 ? `${label}: ${fixed(ratio)}` : fixed(ratio)
    })
    .join(', ')

/** The way to an object and back, as a ratio of CPU to a bare one's: the part of every other that is not its work. */
export const wayThere = ({ figures }: Findings): number =>
  figureOf(figures, 'what is not there').cpu / floorOf(figures, 'bare object: select of 0', 'cpu')

// Without /proc nothing is known of CPU, and nothing is said of it.
const isNoMore = (cpu: number, limit: number): boolean => Number.isNaN(cpu) || cpu <= limit
const isNoLess = (cpu: number, limit: number): boolean => Number.isNaN(cpu) || cpu >= limit

/** CPU of a flush of one message: an append that has one, beside one that shares it with hundreds. */
export const flushCpu = ({ figures }: Findings): number =>
  figureOf(figures, 'append, many conversations').cpu - figureOf(figures, 'append, history 10').cpu

/** CPU of a bare object's first insert, as a ratio to that of an insert into raw D1: what a create has to begin with. */
export const firstInsert = ({ figures }: Findings): number =>
  figureOf(figures, 'bare object: first insert of one').cpu /
  floorOf(figures, 'raw D1: insert and select', 'cpu')

/** Each target, and what was found. */
export function linesOf({ figures, crowded, bills, sizeKiB, startMs }: Findings): Line[] {
  const bare = 'bare object: insert and select'
  const atLeast = (what: string, name: string, floor: string): Line => {
    const own = figureOf(crowded, name)
    const share = own.perSecond / floorOf(crowded, floor, 'perSecond')
    const cpu = floorOf(crowded, floor, 'cpu') / own.cpu
    const isMet = share >= 0.8 && isNoLess(cpu, 0.7)
    return { what, target: '≥ 0.8 (CPU ≥ 0.7)', found: fixed(share), cpu: fixed(cpu), isMet }
  }
  const replies =
    figureOf(figures, 'first words of a reply').p50 - figureOf(figures, 'the model by itself').p50
  const toReply = replies / figureOf(figures, 'an append now and then').p50
  const { d1_written: turn, object_written: turnRows } = figureOf(bills, 'turn without a summary')
  const million = priceOf(figureOf(bills, 'turn')) / 2
  const append = figureOf(bills, 'append of one message')
  const list = figureOf(bills, 'list of 20 conversations').d1_read
  const selects20 = 'bare object: select of 20'
  const selects50 = 'bare object: select of 50'
  const cold = 'cold bare object'
  const atMost = (
    what: string,
    limit: number,
    prefix: string,
    floor: string,
    cpuLimit = Infinity,
  ): Line => {
    const found = ratios(figures, prefix, floor, 'p50')
    const cpu = ratios(figures, prefix, floor, 'cpu')
    return {
      what,
      target: `≤ ${limit}${cpuLimit < Infinity ? ` (CPU ≤ ${cpuLimit})` : ''}`,
      found: listed(found),
      cpu: listed(cpu),
      isMet:
        found.every(([, ratio]) => ratio <= limit) &&
        cpu.every(([, ratio]) => isNoMore(ratio, cpuLimit)),
    }
  }
  /** CPU alone: what else there is to wait for, the floor has not. */
  const atMostCpu = (
    what: string,
    limit: number,
    all: Map<string, Figures>,
    name: string,
  ): Line => {
    const [own, floor] = [figureOf(all, name), 'bare objects, many']
    const cpu = own.cpu / floorOf(all, floor, 'cpu')
    const found = fixed(own.p50 / floorOf(all, floor, 'p50'))
    return { what, target: `CPU ≤ ${limit}`, found, cpu: fixed(cpu), isMet: isNoMore(cpu, limit) }
  }
  const among = 'append, many conversations'
  return [
    atMost('append, by history', 1.25, 'append, history', bare, 1.35),
    atMost('create, to an insert into raw D1', 1.5, 'create', 'raw D1: insert and select', 2),
    atMostCpu('append, a few to each of many conversations', 1.8, figures, among),
    atMostCpu('the same, 16 at once', 1.8, crowded, among),
    atLeast(
      '16 append to one conversation, throughput to the bare object’s',
      'append, one conversation',
      bare,
    ),
    atLeast(
      '16 append, each to their own, throughput to bare objects’',
      'append, one conversation each',
      'bare objects, one each',
    ),
    atMost('context of the newest 20, by history', 1.4, 'context, ', selects20),
    atMost('newest history page of 50, by history', 1.4, 'newest page, ', selects50),
    atMost('history page 200', 1.4, 'page 200', selects50),
    atMost(
      'context of 10,000 messages with 500 branch points, to a linear one',
      1.2,
      'branched context',
      'context, history 10000',
    ),
    atMost(
      'newest page of the same, to a linear one',
      1.2,
      'branched page',
      'newest page, history 10000',
    ),
    atMost('list of 20 of 10,000, to raw D1', 1.2, 'list, ', 'raw D1: list of 20'),
    {
      what: 'first words of a reply beyond the model’s, to a warm append',
      target: '≤ 2',
      found: fixed(toReply),
      isMet: toReply <= 2,
    },
    atMost('first append to a cold object, by history', 2, 'cold append, ', cold),
    atMost('first context of a cold object', 2, 'cold context, ', cold),
    {
      what: 'D1 rows written by a turn without a summary',
      target: '≤ 4',
      found: fixed(turn),
      isMet: turn <= 4,
    },
    {
      what: 'D1 rows written by an append by itself',
      target: '≤ 3.5',
      found: fixed(append.d1_written),
      isMet: append.d1_written <= 3.5,
    },
    {
      what: 'object rows written by an append by itself, and by such a turn',
      target: '≤ 4, ≤ 8',
      found: `${fixed(append.object_written)}, ${fixed(turnRows)}`,
      isMet: append.object_written <= 4 && turnRows <= 8,
    },
    {
      what: 'a million messages, with summaries and titles',
      target: '≤ $6.50',
      found: `$${fixed(million)}`,
      isMet: million <= 6.5,
    },
    {
      what: 'D1 rows read by a list of 20',
      target: '≤ 41',
      found: fixed(list),
      isMet: list <= 41,
    },
    {
      what: 'bundle, gzip',
      target: '≤ 540 KiB',
      found: `${sizeKiB.toFixed(0)} KiB`,
      isMet: sizeKiB <= 540,
    },
    {
      what: 'CPU to start',
      target: '≤ 120 ms',
      found: `${startMs.toFixed(0)} ms`,
      isMet: startMs <= 120,
    },
  ]
}
