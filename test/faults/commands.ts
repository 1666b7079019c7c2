import { abortAllDurableObjects, runInDurableObject } from 'cloudflare:test'
import type * as fc from 'fast-check'

import { objectOf } from '../support/given.ts'
import { evict, inStorage, ring, storedIn } from '../support/record.ts'
import { archives } from './archives.ts'
import { branching } from './branching.ts'
import { calls } from './calls.ts'
import { chatting } from './chatting.ts'
import type { Expected, Model } from './expected.ts'
import { files } from './files.ts'
import { openai } from './openai.ts'
import { others } from './others.ts'
import { checkPrefix } from './record.ts'
import { restoreObject } from './restoring.ts'
import type { Act } from './scene.ts'
import { indexEvents, searches } from './searching.ts'
import { bucketEvents, showings } from './showing.ts'
import { storageEvents } from './storage.ts'
import { threads } from './threads.ts'
import { tokens } from './tokens.ts'
import { type Weather, d1 } from './weather.ts'
import type { World } from './world.ts'

const acts: Record<string, Act> = {
  ...calls,
  ...files,
  ...others,
  ...branching,
  ...searches,
  ...chatting,
  ...threads,
  ...openai,
  ...showings,
  ...tokens,
  ...archives,
}

/** One thing that happens in a schedule; whether what comes next waits for it. */
export class Happening implements fc.AsyncCommand<Model, World> {
  readonly #name: string
  readonly #at: number
  readonly #number: number
  readonly #isAwaited: boolean

  constructor(name: string, at: number, number: number, isAwaited: boolean) {
    this.#name = name
    this.#at = at
    this.#number = number
    this.#isAwaited = isAwaited
  }

  check(model: Readonly<Model>): boolean {
    return (
      model.conversations.length > 0 ||
      ['create', 'begin', 'importIt', 'importZip', 'chatBegin'].includes(this.#name) ||
      this.#name in events
    )
  }

  async run(model: Model, world: World): Promise<void> {
    const event = events[this.#name]
    if (event) return event(model, world, this.#number)
    const about = model.conversations[this.#at % model.conversations.length] as Expected
    const call = acts[this.#name] as Act
    const going = world.start(() => call({ model, world, about, number: this.#number }))
    if (this.#isAwaited) await going
  }

  toString(): string {
    return `${this.#name}(${this.#at}, ${this.#number}${this.#isAwaited ? '' : ', meanwhile'})`
  }
}

const TEN_MINUTES = 600_000

/** What is worth losing the object over. */
const cut = [
  'append',
  'edit',
  'another',
  'goTo',
  'erase',
  'proceed',
  'begin',
  'chat',
  'chatBegin',
  'link',
  'rename',
  'erase',
  'importIt',
  'importZip',
  'archive',
  'respond',
  'deleteIt',
  'auiStream',
  'auiCheckpoint',
  'auiEnd',
  'show',
  'showInline',
]

type Event = (model: Model, world: World, number: number) => Promise<void>

const weathers: Weather[] = ['fails', 'loses-answers', 'slow', 'overloaded', 'mixed']

const trouble = (world: World, fault: string) => {
  world.isTroubled = true
  d1.count(fault)
}

/** What nobody asks for. */
const events: Record<string, Event> = {
  weather: async (_, world, number) => {
    world.isTroubled = true
    d1.weather = weathers[number % weathers.length] ?? 'fair'
  },
  fair: async () => {
    d1.weather = 'fair'
  },
  lose: async (_, world) => {
    trouble(world, 'objects lost')
    await abortAllDurableObjects()
  },
  ring: async (model, _, number) => {
    const about = model.conversations[number % Math.max(model.conversations.length, 1)]
    if (!about) return
    d1.count('alarm early, or twice')
    // Twice at once, as the platform may deliver it.
    const again = runInDurableObject(objectOf(about.id), (object) => object.alarm?.())
    await Promise.allSettled([ring(about.id), again])
  },
  late: async (model, world) => {
    // The object waits for the last write that may be on its way; here they are known to have arrived.
    const isQuiet = world.isIdle && d1.weather === 'fair'
    if (isQuiet) await scheduler.wait(100)
    for (const { id } of model.conversations) {
      if (!(await storedIn(id)).tables.includes('conversation')) continue
      d1.count('alarm ten minutes late')
      await inStorage(id, 'UPDATE due SET at = at - ?', TEN_MINUTES)
      // Since when a flush is owed stands there, and has no row of its own.
      await inStorage(id, 'UPDATE conversation SET pending_since = pending_since - ?', TEN_MINUTES)
      if (isQuiet) {
        await inStorage(id, 'UPDATE erasure SET requested_at = requested_at - ?', TEN_MINUTES)
      }
      // If not even an alarm can be set, the platform rings again.
      await ring(id).catch(() => false)
    }
  },
  /** Objects are lost while something is just being done. */
  cutShort: async (model, world, number) => {
    trouble(world, 'objects lost in the middle of a call')
    const about = model.conversations[number % Math.max(model.conversations.length, 1)]
    const name = about ? (cut[number % cut.length] ?? 'create') : 'create'
    void world.start(() => (acts[name] as Act)({ model, world, about: about as Expected, number }))
    await scheduler.wait(number % 4)
    await abortAllDurableObjects()
  },
  /** An object leaves memory as it does when nobody has asked for long: only if nothing is under way. */
  evict: async (model, world, number) => {
    const about = model.conversations[number % Math.max(model.conversations.length, 1)]
    if (!about || !world.isIdle) return
    // One that was lost just before is not in memory.
    const isGone = await evict(about.id).then(
      () => true,
      () => false,
    )
    if (isGone) d1.count('object evicted')
  },
  look: async (model) => {
    d1.count('(looked at the record meanwhile)')
    for (const about of model.conversations) await checkPrefix(about)
  },
  wait: (_, __, number) => scheduler.wait(number * 60),
  snapshot: async (model, world) => {
    if (d1.weather === 'fair') await world.takeSnapshot(model)
  },
  restore: async (model, world) => {
    if (d1.weather !== 'fair' || world.snapshot === null) return
    world.isTroubled = true
    await world.restore(model)
  },
  restoreObject,
  ...indexEvents,
  ...bucketEvents,
  ...storageEvents,
}
