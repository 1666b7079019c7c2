import { type Ask, call, timeTo } from './client.ts'
import { type Client, WORDS } from './hilo.ts'
import type { Operation } from './rounds.ts'
import type { Runtime } from './runtime.ts'

/** Longer than a flush waits for company: it falls into the block that made it. */
const SETTLE_MS = 350

const asked = (operation: () => Promise<unknown>) => async () => {
  await operation()
}

/** The floors: what nobody can be faster than on this runtime. Each is there twice, the second as a control. */
export class Floors {
  readonly #runtime: Runtime
  #next = 0

  constructor(runtime: Runtime) {
    this.#runtime = runtime
  }

  insertInto = (name: string) => call(this.#said('object', `/append?name=${name}`))

  select = (limit: number) => () =>
    call({ url: new URL(`/newest?name=bare&limit=${limit}`, this.#runtime.url('object')) })

  inserts = (): Operation[] =>
    ['bare object: insert and select', 'the same again'].map((name) => ({
      name,
      settleMs: SETTLE_MS,
      once: asked(() => this.insertInto('bare')),
    }))

  /** One object each, as many as there are callers. */
  insertsApart = (objects: number): Operation[] =>
    ['bare objects, one each', 'one each again'].map((name) => ({
      name,
      settleMs: SETTLE_MS,
      once: asked(() => this.insertInto(`bare${(this.#next += 1) % objects}`)),
    }))

  /** The same for objects that begin with it. */
  firstInserts = (): Operation => ({
    name: 'bare object: first insert of one',
    once: asked(() => this.insertInto(crypto.randomUUID())),
  })

  /** A few to each of many objects, which are there already. */
  insertsAmong = (names: string[]): Operation[] =>
    ['bare objects, many', 'many again'].map((name) => ({
      name,
      settleMs: SETTLE_MS,
      once: asked(() => this.insertInto(names[(this.#next += 1) % names.length] ?? '')),
    }))

  selects = (limit: number): Operation[] =>
    [`bare object: select of ${limit}`, `select of ${limit} again`].map((name) => ({
      name,
      once: asked(this.select(limit)),
    }))

  records = (): Operation[] =>
    ['raw D1: insert and select', 'raw D1 again'].map((name) => ({
      name,
      once: asked(() => call(this.#said('record', '/append'))),
    }))

  lists = (user: string): Operation[] =>
    ['raw D1: list of 20', 'list of 20 again'].map((name) => ({
      name,
      once: asked(() => call({ url: new URL(`/list?user=${user}`, this.#runtime.url('record')) })),
    }))

  noop = (): Operation => ({
    name: 'no-op Hono route',
    once: asked(() => call({ url: this.#runtime.url('noop') })),
  })

  /** The model itself, through a Worker that does nothing else. */
  model = (): Operation => ({
    name: 'the model by itself',
    once: () =>
      timeTo('data:', {
        url: new URL('/relay', this.#runtime.url('noop')),
        method: 'POST',
        body: { stream: true },
      }),
  })

  #said(place: 'object' | 'record', path: string): Ask {
    const body = { id: crypto.randomUUID(), role: 'user', content: WORDS }
    return { url: new URL(path, this.#runtime.url(place)), method: 'POST', body }
  }
}

export const appendTo = (client: Client, length: number, id: string): Operation => ({
  name: `append, history ${length}`,
  settleMs: SETTLE_MS,
  before: () => client.context(id),
  once: asked(() => client.append(id)),
})

/** To a conversation that was only just begun. */
export function appendToNew(client: Client, length: number): Operation {
  let id = ''
  return {
    name: `append, history ${length}`,
    settleMs: SETTLE_MS,
    before: async () => {
      id = await client.conversationOf(length)
    },
    once: asked(() => client.append(id)),
  }
}

/** Each of as many callers to a conversation of their own. */
export function appendApart(client: Client, ids: string[]): Operation {
  let next = 0
  return {
    name: 'append, one conversation each',
    settleMs: SETTLE_MS,
    before: () => Promise.all(ids.map((id) => client.context(id))),
    once: asked(() => client.append(ids[(next += 1) % ids.length] ?? '')),
  }
}

/** A few to each of many conversations: each append has a flush of its own. */
export function appendAmong(client: Client, ids: string[]): Operation {
  let next = 0
  return {
    name: 'append, many conversations',
    settleMs: SETTLE_MS,
    once: asked(() => client.append(ids[(next += 1) % ids.length] ?? '')),
  }
}

export const creation = (client: Client): Operation => ({
  name: 'create',
  settleMs: SETTLE_MS,
  once: asked(() => client.create()),
})

/** A whole turn; the model takes its time for it, and says its first words at once. */
export const turn = (client: Client, id: string): Operation => ({
  name: 'continue, the whole reply',
  settleMs: SETTLE_MS,
  once: asked(() => client.continue(id)),
})

export const reading = (name: string, once: () => Promise<unknown>): Operation => ({
  name,
  before: once,
  once: asked(once),
})

export const firstWords = (client: Client, id: string): Operation => ({
  name: 'first words of a reply',
  settleMs: SETTLE_MS,
  once: () => client.timeToReply(id),
})

/** An append now and then, as replies are: what is asked for all the time is answered sooner. */
export const appendAtTimes = (client: Client, id: string): Operation => ({
  name: 'an append now and then',
  settleMs: SETTLE_MS,
  once: async () => {
    await new Promise((resolve) => setTimeout(resolve, 60))
    const start = performance.now()
    await client.append(id)
    return performance.now() - start
  },
})

/** The first request that finds an object asleep. */
export function cold(
  runtime: Runtime,
  what: string,
  objects: string[],
  once: (id: string) => Promise<unknown>,
  place: 'hilo' | 'object' = 'hilo',
): Operation {
  let next = 0
  return {
    name: what,
    // An object is put to sleep once what it has under way is done.
    settleMs: SETTLE_MS,
    once: async () => {
      const id = objects[(next += 1) % objects.length] ?? ''
      await runtime.evict(place, id)
      const start = performance.now()
      await once(id)
      return performance.now() - start
    },
  }
}
