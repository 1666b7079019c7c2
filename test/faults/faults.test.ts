import { env } from 'cloudflare:workers'
import * as fc from 'fast-check'
import { expect, test, vi } from 'vitest'

import { shorten } from '../support/time.ts'
import type { Model } from './expected.ts'
import { happenings } from './happenings.ts'
import { exposeIndexes, indexes } from './searching.ts'
import { check, settle } from './settle.ts'
import { exposeBucket, r2 } from './showing.ts'
import { d1, exposeD1 } from './weather.ts'
import { World } from './world.ts'

/** How many schedules, and of what seed: `FAULT_RUNS=2000 SEED=1 npm run test:faults`. */
const runs = Number(env.FAULT_RUNS)

/** Some of what people, files and the model say, and of titles: none of it belongs in a log line. */
const words = ['What I said', 'From elsewhere', 'Yes', 'Slow', 'Half a', 'Title ', 'A trip']
// Any of them may stand in an id as well, which is made of letters by chance.
const said = new RegExp(`(?<![\\w-])(?:${words.join('|')})`)

const newModel = (): Model => ({
  visitors: [1, 2].map(() => ({
    sessionId: crypto.randomUUID(),
    userId: crypto.randomUUID(),
    linked: 'no',
  })),
  conversations: [],
  files: [],
})

function checkOnce(all: string[]): void {
  if (new Set(all).size < all.length) throw new Error(`done twice: ${all.join(', ')}`)
}

test('whatever happens, what was acknowledged is there, once, in its place, and for nobody else', async () => {
  exposeD1()
  exposeIndexes()
  exposeBucket()
  // The time that a model may be silent between two pieces; nothing else waits as long.
  shorten(30_000)
  const points = new Map<string, number>()
  /** What may only be said where D1 was restored, which makes it lack what it had. */
  let behind: string[] = []
  /** Up to where conversations were summarised. */
  let summarised: string[] = []
  const leaks: string[] = []
  const hear = (line: unknown) => {
    const text = JSON.stringify(line)
    if (said.test(text)) leaks.push(text)
    const { event, outcome, reason, error, alert, route, conversation_id, summary_seq } =
      line as Record<string, string | undefined>
    if (event === 'record-behind' || event === 'alert') behind.push(text)
    if (event === 'summarised') summarised.push(`${conversation_id} ${summary_seq}`)
    const point = [event, route, outcome ?? alert, reason ?? error].filter(Boolean).join(' ')
    points.set(point, (points.get(point) ?? 0) + 1)
  }
  vi.spyOn(console, 'log').mockImplementation(hear)
  vi.spyOn(console, 'error').mockImplementation(hear)
  let schedules = 0
  const property = fc.asyncProperty(
    fc.commands(happenings, { maxCommands: 30, size: 'max' }),
    async (commands) => {
      schedules += 1
      d1.weather = 'fair'
      indexes.weather = 'fair'
      r2.weather = 'fair'
      behind = []
      summarised = []
      const model = newModel()
      const world = await World.of(model)
      await fc.asyncModelRun(() => ({ model, real: world }), commands)
      await settle(model, world)
      await check(model, world)
      expect(leaks).toEqual([])
      expect(world.isRestored || world.isAlerted ? [] : behind).toEqual([])
      // An object that was lost right after may not have kept it.
      if (!world.isTroubled) checkOnce(summarised)
    },
  )
  await fc.assert(property, { numRuns: runs, endOnFailure: true })
  const table = (counts: Map<string, number>) =>
    [...counts]
      .toSorted(([a], [b]) => a.localeCompare(b))
      .map(([what, count]) => `  ${String(count).padStart(7)}  ${what}`)
      .join('\n')
  console.info(
    `${schedules} schedules\nfaults:\n${table(d1.struck)}\npoints reached:\n${table(points)}`,
  )
  expect(schedules).toBe(runs)
}, 3_600_000)
