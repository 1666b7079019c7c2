import { evictDurableObject, runInDurableObject } from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import { expect } from 'vitest'

import { type Client, as } from '../support/api.ts'
import { type SearchPage, searchPath, storedWords } from '../support/searching.ts'
import type { Expected, Model } from './expected.ts'
import type { Act } from './scene.ts'
import { d1 } from './weather.ts'
import type { World } from './world.ts'

/** What the indexes of owners do to a call. */
export const indexes = { weather: 'fair' as 'fair' | 'down' | 'loses-answers' | 'slow' }
/** Fair weather for all. */
export function clear(): void {
  d1.weather = 'fair'
  indexes.weather = 'fair'
}

const weathers = ['down', 'loses-answers', 'slow', 'fair'] as const

type Call = (...args: unknown[]) => Promise<unknown>

/** Puts the weather between everybody and the indexes: the namespace's class is shared by all who are bound to it. */
export function exposeIndexes(): void {
  const namespace = Object.getPrototypeOf(env.OWNER_INDEX) as Record<string, unknown>
  const real = namespace['getByName'] as (this: unknown, name: string) => Record<string, Call>
  namespace['getByName'] = function getByName(this: unknown, name: string) {
    const stub = real.call(this, name)
    if (indexes.weather === 'fair' || !/^(user|session):/.test(name)) return stub
    const { weather } = indexes
    return new Proxy(stub, {
      get: (target, key) =>
        async function called(...args: unknown[]) {
          d1.count(`index ${weather}`)
          if (weather === 'down') throw new Error('Network connection lost.')
          if (weather === 'slow') await scheduler.wait(40)
          const result = await target[String(key)]?.(...args)
          if (weather === 'loses-answers') throw new Error('Network connection lost.')
          return result
        },
    })
  }
}

export const indexNames = ({ visitors }: Model): string[] =>
  visitors.flatMap(({ sessionId, userId }) => [`session:${sessionId}`, `user:${userId}`])

/** An index as it is, whatever the weather. */
function calm(name: string) {
  const { weather } = indexes
  indexes.weather = 'fair'
  const index = env.OWNER_INDEX.getByName(name)
  indexes.weather = weather
  return index
}

const pick = (model: Model, number: number): string =>
  indexNames(model)[number % indexNames(model).length] ?? ''

/** What goes wrong with indexes. */
export const indexEvents = {
  indexWeather: async (_: Model, world: World, number: number) => {
    world.isTroubled = true
    indexes.weather = weathers[number % weathers.length] ?? 'fair'
  },
  /** An index has nothing any more, and does not know that it ever had. */
  loseIndex: async (model: Model, world: World, number: number) => {
    if (!world.isIdle) return
    const index = calm(pick(model, number))
    d1.count('index lost')
    await runInDurableObject(index, (_, { storage }) => storage.deleteAll())
    await evictDurableObject(index).catch(() => {})
  },
}

/** What somebody said: each message has its own id in it. */
const said = (about: Expected): string[] =>
  [...about.acknowledged].flatMap(([id, { content }]) =>
    content.startsWith('What I said') ? [id] : [],
  )

async function search(world: World, client: Client, q: string): Promise<SearchPage | null> {
  const answer = await client.get(searchPath(q))
  if (answer.ok) return answer.json<SearchPage>()
  if (answer.status >= 500 && world.isTroubled) return null
  throw new Error(`a search was answered ${answer.status}`)
}

export const searches: Record<string, Act> = {
  /**
   * The owner may find it or not yet; nobody finds what is erased or deleted, no stranger anything, and a session nothing of
   * what it has handed over.
   */
  search: async ({ model, world, about, number }) => {
    const q = said(about)[number] ?? said(about)[0] ?? 'What'
    const wasErased = about.erased === 'yes'
    const wasDeleted = about.deleted.get(q) === 'yes'
    const isLinked = model.visitors[about.visitor]?.linked === 'yes'
    const owner = await search(world, world.ownerOf(model, about), `"${q}"`)
    const hits = owner?.data.filter(({ conversation }) => conversation.id === about.id) ?? []
    if (wasErased && about.erased === 'yes' && hits.length > 0) {
      throw new Error('what was erased was found')
    }
    if (wasDeleted && about.deleted.get(q) === 'yes' && hits.length > 0) {
      throw new Error('what was deleted was found')
    }
    if (isLinked) {
      const session = await search(world, world.sessions[about.visitor] as Client, `"${q}"`)
      if (session?.data.some(({ conversation }) => conversation.id === about.id)) {
        throw new Error('the session found what it has handed over')
      }
    }
    const other = (about.visitor + 1) % model.visitors.length
    for (const client of [world.users[other], world.sessions[other]] as Client[]) {
      const found = await search(world, client, `"${q}"`)
      if (q !== 'What' && found && found.data.length > 0) throw new Error('a stranger found it')
    }
  },
  reindex: async ({ model, world, number }) => {
    const [kind, id] = pick(model, number).split(':')
    const body = kind === 'user' ? { user_id: id } : { session_id: id }
    const answer = await as.service('operator').post('/api/admin/reindex', body)
    if (!answer.ok && !world.isTroubled) throw new Error('it could not be made anew')
  },
}

/** Once all is quiet, everything that was acknowledged is found: by its owner, and by nobody else. */
export async function checkSearch(
  model: Model,
  world: World,
  owned: Map<Client, Set<string>>,
): Promise<void> {
  // Whom an index could not ask it lets rest a while.
  for (const name of indexNames(model)) {
    await evictDurableObject(calm(name)).catch(() => {})
  }
  const clients = [...world.sessions, ...world.users]
  for (const about of model.conversations) {
    for (const id of said(about).slice(-3)) {
      for (const client of clients) {
        const isTheirs = owned.get(client)?.has(about.id) ?? false
        const page = await search(world, client, `"${id}"`)
        const found = page?.data.map(({ message, conversation }) => [conversation.id, message?.id])
        const isDeleted = about.deleted.get(id)
        // Whether it is there at all, a restore has decided.
        if (isTheirs && isDeleted === 'maybe' && found?.length === 0) continue
        const isFound = isTheirs && isDeleted !== 'yes'
        expect({ isTheirs, found }).toEqual({ isTheirs, found: isFound ? [[about.id, id]] : [] })
      }
    }
  }
  const names = model.visitors.flatMap(({ sessionId, userId }, index) => [
    [`session:${sessionId}`, world.sessions[index]] as const,
    [`user:${userId}`, world.users[index]] as const,
  ])
  for (const [name, client] of names) {
    await search(world, client as Client, 'What')
    const ids = owned.get(client as Client) ?? new Set()
    for (const id of await storedWords(name)) expect(ids).toContain(id)
  }
}
