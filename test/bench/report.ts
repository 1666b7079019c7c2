import { cpus, loadavg } from 'node:os'

import { fileCosts, fileLinesOf } from './file-targets.ts'
import type { FileBill } from './files.ts'
import { figureOf, fixed, spreads } from './floors.ts'
import { type Grown, MESSAGES } from './growth.ts'
import { WORDS } from './hilo.ts'
import { type Bill, priceOf } from './prices.ts'
import type { Figures } from './rounds.ts'
import { searchLinesOf, takingInCost } from './search-targets.ts'
import { type Findings, type Line, firstInsert, flushCpu, linesOf, wayThere } from './targets.ts'

const table = (head: string[], rows: string[][]): string =>
  [head, head.map(() => '---'), ...rows].map((cells) => `| ${cells.join(' | ')} |`).join('\n')

const speeds = (all: Map<string, Figures>): string =>
  table(
    ['operation', 'p50, ms', 'p95, ms', 'a second', 'CPU, ms', 'samples'],
    [...all].map(([name, { p50, p95, perSecond, cpu, samples }]) => [
      name,
      fixed(p50),
      fixed(p95),
      perSecond.toFixed(0),
      fixed(cpu),
      String(samples),
    ]),
  )

const billed = [
  'D1 rows read',
  'written',
  'object rows read',
  'written',
  'Worker requests',
  'object requests',
  '$ a million',
]

function costs(bills: Map<string, Bill>): string {
  const rows = [...bills].map(([name, bill]) => [
    name,
    ...[bill.d1_read, bill.d1_written, bill.object_read, bill.object_written].map(fixed),
    String(bill.worker),
    fixed(bill.object),
    priceOf(bill).toFixed(2),
  ])
  return table(['operation', ...billed], rows)
}

type Findable = Pick<Findings, 'bills' | 'searchings' | 'found'>

const GB = 10 ** 9
const million = (count: number): string => `${(count / 1e6).toFixed(1)} million`

/** What concerns many conversations. */
export function growthReport({ growths, bytesEach, flushMs }: Grown): string {
  const rows = growths.map(({ what, count, ms, cpuMs, bill }) => [
    what,
    String(count),
    fixed(ms),
    fixed(cpuMs),
    ...[bill.d1_read, bill.d1_written, bill.object_read, bill.object_written].map(fixed),
    ...[bill.worker, bill.object].map((calls) => calls.toFixed(3)),
    priceOf(bill).toFixed(2),
  ])
  const head = ['what', 'conversations', 'ms', 'CPU, ms', ...billed]
  const conversations = (10 * GB) / bytesEach
  return `
## Growth

What concerns many conversations, for each of them (lists: for each request).

${table(head, rows)}

One D1 database takes 10 GB. A conversation of ${MESSAGES} messages of ${WORDS.length} characters takes ${bytesEach.toFixed(0)} bytes of it, with its rows in all
indexes: that is ${million(conversations)} conversations, or ${million(conversations * MESSAGES)} messages. D1 does one thing at a time. A flush of one message
took it ${fixed(flushMs)} ms here by its own clock, hence ${(1_000 / flushMs).toFixed(0)} flushes a second at the most; deployed, with a write that is confirmed elsewhere
too, say 5 ms and 200. A turn is one flush, or two if its reply takes long. Appends wait for none of that: what D1 can't take at once stays in the
logs, and lists are late. At 100 turns a second all day long the 10 GB are full after ${((conversations * MESSAGES) / 2 / 100 / 86_400).toFixed(1)} days; at a million turns a day, after
${((conversations * MESSAGES) / 2 / 1e6).toFixed(0)}.
`
}

const searching = ({ searchings, found, bills }: Findable): string => {
  const made = searchings.map(
    ({ size, firstMs, wholeMs }) =>
      `${Math.round(firstMs)} and ${Math.round(wholeMs)} ms (${size} messages)`,
  )
  const { untilFound, bytes, alone, beside, others } = found
  return `The first search of all makes the index. It had an answer, and had looked at everything, after ${made.join(', ')}. A message is found
${fixed(untilFound.p50)} ms after its append was answered, at the worst of 20 after ${fixed(untilFound.worst)}. An index takes ${fixed(bytes.index / bytes.text)} bytes for each of its texts. The first
search of somebody with 3000 messages read ${alone.first} rows of D1, and ${beside.first} beside ${others} messages of others; the next read ${alone.next} rows of its
index, and ${beside.next}.

${takingInCost({ bills })}`
}

const writtenBy = (bills: Map<string, Bill>): string =>
  table(
    ['operation', 'rows that its object writes'],
    [...bills]
      .filter(([, { written }]) => written.length > 0)
      .map(([name, { written }]) => [
        name,
        written.map(([what, rows]) => `${what} ${fixed(rows)}`).join(', '),
      ]),
  )

const files = (bills: FileBill[]): string =>
  table(
    [
      'a file',
      'object rows written',
      'D1 rows written',
      'object requests',
      'R2 class A',
      'R2 class B',
    ],
    fileCosts(bills),
  )

const few = (lines: Line[]): string =>
  table(
    ['', 'target', 'found', 'in CPU'],
    lines.map(({ what, target, found, cpu = '' }) => [what, target, found, cpu]),
  )

/** What files take by themselves, for who works on them. */
export const fileReport = (findings: {
  figures: Map<string, Figures>
  fileBills: FileBill[]
}): string =>
  [few(fileLinesOf(findings)), files(findings.fileBills), speeds(findings.figures)].join('\n\n')

/** What searches take by themselves, for who works on them. */
export const searchReport = (findings: Findable & Pick<Findings, 'figures'>): string =>
  [
    few(searchLinesOf(findings)),
    searching(findings),
    costs(findings.bills),
    writtenBy(findings.bills),
    speeds(findings.figures),
  ].join('\n\n')

export function report(findings: Findings): string {
  const { figures, crowded, bills, fileBills, grown, isQuick } = findings
  const lines = [...linesOf(findings), ...searchLinesOf(findings), ...fileLinesOf(findings)]
  const load = ` (load ${loadavg().map(fixed).join(', ')} on ${cpus().length} cores)`
  const dollars = priceOf(figureOf(bills, 'turn')) / 2
  return `# Speed and cost

Written by \`npm run bench\`${isQuick ? ' (a quick run: fewer samples, shorter histories)' : ''}, on ${new Date().toISOString().slice(0, 10)}. Hilo as it is deployed, and small workers beside it
as floors, in one local runtime, measured in turn. Only ratios mean something: one thread does the work of Worker,
object and D1, so all that a flush does counts against the next request here, and no network is between them.
Summaries are off while times are taken, and on while rows are counted.

${table(
  ['', 'target', 'found', 'in CPU', ''],
  lines.map(({ what, target, found, cpu = '', isMet }) => [
    what,
    target,
    found,
    cpu,
    isMet ? 'met' : '**not met**',
  ]),
)}

Ratios are of p50 to a bare object's (one insert and one select; for readings a select of as many rows; the columns are
those of a message of Hilo's) where nothing else is said. Each floor is measured twice, in turn with all the rest, and taken as the mean of both; how far the two
are apart is the error. One at a time, p50: ${spreads(figures, 'p50')}. Sixteen at a time, throughput:
${spreads(crowded, 'perSecond')}.

The same ratios in the CPU time of the runtime count what is done behind the answer too (the flush), and not what other
programs took from this machine meanwhile${load}. The way to an object and back by itself,
with routing, credentials, validation and headers, takes ${fixed(wayThere(findings))} times a bare object's. A flush of one message takes ${fixed(flushCpu(findings))} ms of CPU: what an append that has one
takes more than one that shares it with hundreds. A create waits until D1 shows it, since a list that is asked in another place right after
it has to have it: it is an object's first insert and a D1 batch, one after the other. The first insert of a bare object
with one table takes ${fixed(firstInsert(findings))} times the CPU of an insert into raw D1. With the D1 batch that makes about ${fixed(1 + firstInsert(findings))} before anything that
Hilo adds (a little less, since each of the two floors has a request of its own in it).

${searching(findings)}

## Cost

A million messages, as half a million turns, with titles and a summary for every ten: **$${dollars.toFixed(2)}** at list
price without allowances; storage, the model, and the time an object waits for the model are not in it ($8.00 where a
reply takes 10 s). What is written within half a minute shares one alarm, which is a row and a request: who writes less often than that pays
$1.15 a million for each.

${costs(bills)}

${writtenBy(bills)}

A file of 1 MiB, for each step of its life; what its message or its conversation takes without it stands below each.

${files(fileBills)}
${grown ? growthReport(grown) : ''}
## One at a time

${speeds(figures)}

## Sixteen at a time

${speeds(crowded)}
`
}
