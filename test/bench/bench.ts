import { writeFileSync } from 'node:fs'
import { join } from 'node:path'

import { buildHilo, gzipKiB, startupMs } from './build.ts'
import { abreast } from './calls.ts'
import { countAll } from './counts.ts'
import { cpuClock } from './cpu.ts'
import { Filing } from './files.ts'
import { Finding } from './finding.ts'
import { NOT_GROWN, grow, growing } from './growth.ts'
import { Client, givenList } from './hilo.ts'
import { isGrowth, isQuick, only } from './options.ts'
import { fileReport, growthReport, report, searchReport } from './report.ts'
import { type Figures, type Operation, inTurn } from './rounds.ts'
import { Runtime } from './runtime.ts'
import {
  Floors,
  appendAmong,
  appendApart,
  appendAtTimes,
  appendTo,
  appendToNew,
  cold,
  creation,
  firstWords,
  reading,
  turn,
} from './scenes.ts'
import { Searching } from './search.ts'

const CALLERS = 16
/** So many that each has a flush of its own for each append. */
const MANY = isQuick ? 200 : 400
const HISTORIES = isQuick ? [1_000, 10_000] : [1_000, 10_000, 100_000]

const say = (text: string) => console.log(`${new Date().toISOString().slice(11, 19)} ${text}`)

const figures = new Map<string, Figures>()
const crowded = new Map<string, Figures>()

async function measure(what: string, operations: Operation[], blockMs: number): Promise<void> {
  say(what)
  const plan = {
    rounds: isQuick ? 2 : 8,
    blockMs: isQuick ? blockMs * 0.7 : blockMs,
    concurrency: 1,
    cpuClock: clock,
  }
  for (const [name, measured] of await inTurn(operations, plan)) figures.set(name, measured)
}

async function crowd(what: string, operations: Operation[]): Promise<void> {
  say(`${what}, ${CALLERS} at once`)
  const plan = { rounds: isQuick ? 2 : 6, blockMs: 800, concurrency: CALLERS, cpuClock: clock }
  for (const [name, measured] of await inTurn(operations, plan)) crowded.set(name, measured)
}

say('building')
const script = buildHilo()
const startMs = only ? 0 : Math.min(startupMs(), startupMs(), startupMs())
const runtime = await Runtime.start(script)
const clock = cpuClock()

async function measureFiles() {
  const filing = await Filing.of(runtime)
  await measure('files', filing.operations(), isQuick ? 400 : 1_000)
  return filing.bills()
}

async function measureSearch() {
  const searchings = await Searching.all(runtime, isQuick)
  await measure('searches', Searching.operationsOf(searchings), 300)
  const bills = await countAll(runtime)
  const found = await new Finding(runtime).found(isQuick ? 50_000 : 1_000_000)
  return { searchings, bills, found }
}

async function measureAll(): Promise<void> {
  say('seeding')
  const ann = await Client.of(runtime, 'ann')
  const bob = await Client.of(runtime, 'bob')
  const floors = new Floors(runtime)
  await givenList(runtime, 'bob', 10_000)
  const ids = new Map<number, string>()
  for (const length of [10, ...HISTORIES]) ids.set(length, await ann.conversationOf(length))
  const all = [...ids]
  for (let message = 0; message < 60; message += 1) await floors.insertInto('bare')

  await measure(
    'appends',
    [
      appendToNew(ann, 0),
      appendToNew(ann, 10),
      ...all.slice(1).map(([length, id]) => appendTo(ann, length, id)),
      ...floors.inserts(),
      ...floors.records(),
    ],
    400,
  )

  const many: string[] = []
  await abreast(MANY, async () => void many.push(await ann.create()))
  const objects = many.map((id) => `many ${id}`)
  await abreast(MANY, async (n) => void (await floors.insertInto(objects[n] ?? '')))
  await measure(
    'beginnings',
    [
      creation(ann),
      floors.firstInserts(),
      ...floors.records(),
      appendAmong(ann, many),
      ...floors.insertsAmong(objects),
    ],
    400,
  )

  const longest = ids.get(HISTORIES.at(-1) ?? 0) ?? ''
  const page200 = await ann.cursorOf(HISTORIES.includes(100_000) ? 200 : 100, (cursor) =>
    ann.history(longest, cursor),
  )
  const branched = await ann.branchedOf(10_000, 20)
  await measure(
    'readings',
    [
      reading('branched context', () => ann.context(branched)),
      reading('branched page', () => ann.history(branched)),
      ...all.map(([length, id]) => reading(`context, history ${length}`, () => ann.context(id))),
      ...all
        .slice(1)
        .map(([length, id]) => reading(`newest page, history ${length}`, () => ann.history(id))),
      reading('page 200', () => ann.history(longest, page200)),
      reading('what is not there', ann.contextOfNone),
      ...floors.selects(0),
      ...floors.selects(20),
      ...floors.selects(50),
      floors.noop(),
    ],
    300,
  )

  const list200 = await bob.cursorOf(200, bob.list)
  await measure(
    'lists',
    [
      reading('list, page 1', () => bob.list()),
      reading('list, page 200', () => bob.list(list200)),
      ...floors.lists('bob'),
    ],
    400,
  )

  const searched = await measureSearch()

  await measure(
    'replies',
    [
      firstWords(ann, await ann.conversationOf(20)),
      turn(ann, await ann.conversationOf(20)),
      appendAtTimes(ann, await ann.conversationOf(20)),
      floors.model(),
    ],
    1_000,
  )

  const theirs = await Promise.all(Array.from({ length: CALLERS }, () => ann.conversationOf(20)))
  await crowd('appends', [
    { ...appendTo(ann, 1_000, ids.get(1_000) ?? ''), name: 'append, one conversation' },
    ...floors.inserts(),
    appendApart(ann, theirs),
    ...floors.insertsApart(CALLERS),
    appendAmong(ann, many),
    ...floors.insertsAmong(objects),
  ])
  await crowd('readings', [
    reading('context', () => ann.context(longest)),
    ...floors.selects(20),
    reading('newest page', () => ann.history(longest)),
    ...floors.selects(50),
    reading('list, page 1', () => bob.list()),
    ...floors.lists('bob'),
    floors.noop(),
  ])

  const bares = ['bare', 'bare1', 'bare2']
  await measure(
    'cold objects',
    [
      ...all.map(([length, id]) =>
        cold(runtime, `cold append, history ${length}`, [id], (one) => ann.append(one)),
      ),
      ...all.map(([length, id]) =>
        cold(runtime, `cold context, history ${length}`, [id], ann.context),
      ),
      cold(runtime, 'cold bare object', bares, floors.insertInto, 'object'),
      cold(runtime, 'cold bare object again', bares, floors.insertInto, 'object'),
    ],
    1_000,
  )

  const fileBills = await measureFiles()

  if (isGrowth) say('growth')
  const { grown, failure } = isGrowth ? await growing(runtime, clock, isQuick) : NOT_GROWN
  const sizeKiB = gzipKiB(script)
  const costs = { fileBills, sizeKiB, startMs }
  const text = report({ figures, crowded, ...costs, ...searched, grown, isQuick })
  console.log(`\n${text}`)
  if (!isQuick) writeFileSync(join(import.meta.dirname, 'RESULTS.md'), text)
  if (failure) throw failure
}

try {
  if (only === 'search') console.log(searchReport({ figures, ...(await measureSearch()) }))
  else if (only === 'growth') console.log(growthReport(await grow(runtime, clock, isQuick)))
  else if (only) console.log(fileReport({ fileBills: await measureFiles(), figures }))
  else await measureAll()
} finally {
  await runtime.stop()
}
