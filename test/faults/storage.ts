import { runInDurableObject } from 'cloudflare:test'

import { steps } from '../../src/conversation/log/schema.ts'
import { objectOf } from '../support/given.ts'
import { evict, storedIn } from '../support/record.ts'
import { failAt } from '../support/storage.ts'
import type { Expected, Model } from './expected.ts'
import { d1 } from './weather.ts'
import type { World } from './world.ts'

const BROKEN = 'ALTER TABLE missing ADD COLUMN x TEXT'

const pick = (model: Model, number: number): Expected | undefined =>
  model.conversations[number % Math.max(model.conversations.length, 1)]

/** Whether objects that wake now can't be brought up to date. */
export const isBroken = (): boolean => steps.at(-1) === BROKEN

/** What can go wrong in an object's own storage, and around it. */
export const storageEvents = {
  /** The platform drops the alarm, as after too many failures; the object leaves memory some time later. */
  loseAlarm: async (model: Model, world: World, number: number) => {
    const about = pick(model, number)
    if (!about || !world.isIdle || isBroken()) return
    if (!(await storedIn(about.id)).tables.includes('conversation')) return
    d1.count('alarm lost')
    await runInDurableObject(objectOf(about.id), (_, { storage }) => storage.deleteAlarm())
    await evict(about.id).catch(() => {})
  },
  /** A version is deployed whose next step fails; an object or two wake under it. */
  breakSteps: async (model: Model, world: World, number: number) => {
    if (!world.isIdle || isBroken()) return
    world.isTroubled = true
    world.isAlerted = true
    d1.count('migration that fails')
    ;(steps as string[]).push(BROKEN)
    for (const about of [pick(model, number), pick(model, number + 1)]) {
      if (about) await evict(about.id).catch(() => {})
    }
  },
  mendSteps: async () => mendSteps(),
  /** One of the next statements of an object fails. */
  failStatement: async (model: Model, world: World, number: number) => {
    const about = pick(model, number)
    if (!about || isBroken() || !(await storedIn(about.id)).tables.includes('conversation')) return
    world.isTroubled = true
    d1.count('statement that fails')
    const { heal } = await failAt(about.id, 1 + number)
    world.heals.push(heal)
  },
}

export function mendSteps(): void {
  if (isBroken()) (steps as string[]).pop()
}
