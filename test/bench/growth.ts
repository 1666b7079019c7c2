import { serviceTokens } from '../support/settings.ts'
import { userToken } from '../support/tokens.ts'
import { abreast, again } from './calls.ts'
import { type Ask, call, callJson } from './client.ts'
import { type Tally, quiet } from './counts.ts'
import { WORDS, givenList } from './hilo.ts'
import type { Bill } from './prices.ts'
import type { Runtime } from './runtime.ts'

/** What something cost that concerns many conversations, for each of them. */
export interface Growth {
  what: string
  /** How many there were. */
  count: number
  ms: number
  cpuMs: number
  bill: Omit<Bill, 'written'>
}

export interface Grown {
  growths: Growth[]
  /** Bytes of D1 that a conversation of `MESSAGES` messages takes up. */
  bytesEach: number
  /** Milliseconds that D1 worked for a flush of one message, by its own clock. */
  flushMs: number
}

export const MESSAGES = 4
/** As many as one call may go through: the runtime keeps four files open for each object until the call is over. */
const ABREAST = 2_000
/** Until it has closed them after that. */
const REST_MS = 12_000

export const NOT_GROWN: { grown: Grown | null; failure: unknown } = { grown: null, failure: null }

export function grow(runtime: Runtime, clock: () => number, isQuick: boolean): Promise<Grown> {
  const [sizes, count, idle] = isQuick
    ? ([[100, 10_000], 200, 5_000] as const)
    : ([[100, 1_000, 10_000, 100_000], 10_000, 100_000] as const)
  return new Growing(runtime, clock).grown([...sizes], count, idle)
}

/** The same; a failure is not thrown, for what else was measured is written all the same. */
export async function growing(runtime: Runtime, clock: () => number, isQuick: boolean) {
  try {
    return { ...NOT_GROWN, grown: await grow(runtime, clock, isQuick) }
  } catch (failure) {
    return { ...NOT_GROWN, failure }
  }
}

/** Owners of a few to many conversations, and everything that goes through all of them. */
class Growing {
  readonly #runtime: Runtime
  readonly #clock: () => number
  readonly #tally: Ask
  readonly #growths: Growth[] = []
  #restedMs = 0

  constructor(runtime: Runtime, clock: () => number) {
    this.#runtime = runtime
    this.#clock = clock
    this.#tally = { url: new URL('/tally', runtime.url('counted')) }
  }

  async grown(sizes: number[], count: number, idle: number): Promise<Grown> {
    // First, because reconciling goes through all that the record has.
    const { bytesEach, flushMs } = await this.#lives(count)
    await this.#settled()
    for (const size of sizes) await this.#lists(size)
    await givenList(this.#runtime, 'idle', idle, { place: 'counted', agoMs: 100 * 24 * 3_600_000 })
    await this.#measured('cron: archive those idle for 90 days', idle, async () => {
      const worker = await this.#runtime.mf.getWorker('counted')
      await worker.scheduled({ cron: '*/15 * * * *' })
      return 1
    })
    return { growths: this.#growths, bytesEach, flushMs }
  }

  /** @param work says how many calls of the Worker it took */
  async #measured(
    what: string,
    count: number,
    work: () => Promise<number>,
    times = count,
  ): Promise<Tally> {
    await quiet()
    await call(this.#tally)
    this.#restedMs = 0
    const [start, cpu] = [performance.now(), this.#clock()]
    const calls = await work()
    const ms = performance.now() - start - this.#restedMs
    await quiet()
    const used = await callJson<Tally>(this.#tally)
    this.#growths.push({
      what,
      count,
      ms: ms / times,
      cpuMs: (this.#clock() - cpu) / times,
      bill: {
        d1_read: used.d1_read / times,
        d1_written: used.d1_written / times,
        object_read: used.object_read / times,
        object_written: (used.object_written + used.alarms) / times,
        worker: calls / times,
        object: used.object_calls / times,
      },
    })
    return used
  }

  /** Lists of an owner with so many, each read some times. */
  async #lists(size: number): Promise<void> {
    const user = `owner of ${size}`
    await givenList(this.#runtime, user, size, { place: 'counted' })
    const headers = { authorization: `Bearer ${await userToken(user)}` }
    const times = 50
    for (const [what, query] of [
      ['list of 20', ''],
      ['list of 20, a topic that no other has', '?topic=rare'],
    ] as const) {
      const ask = { url: this.#at(`/api/conversations${query}`), headers }
      const again = async () => {
        for (let n = 0; n < times; n += 1) await call(ask)
        return times
      }
      await again()
      await this.#measured(what, size, again, times)
    }
  }

  /** Lets the runtime close what a call has opened; not counted. */
  async #rest(): Promise<void> {
    const start = performance.now()
    await new Promise((resolve) => setTimeout(resolve, REST_MS))
    this.#restedMs += performance.now() - start
  }

  /** Resolves once nothing goes on any more of what was erased: it would count for whatever is measured next. */
  async #settled(): Promise<void> {
    for (let isBusy = true; isBusy;) {
      await this.#rest()
      const { object_calls: calls, d1_read: read } = await callJson<Tally>(this.#tally)
      isBusy = calls + read > 0
    }
  }

  /** Sessions begin many conversations; they become a user's, are exported and compared, and go. */
  async #lives(count: number): Promise<Omit<Grown, 'growths'>> {
    const user = `user of ${count}`
    const sessions = Array.from({ length: Math.ceil(count / ABREAST) }, () => crypto.randomUUID())
    const as = (token: string, more = {}) => ({ authorization: `Bearer ${token}`, ...more })
    const beginner = (n: number) =>
      as(serviceTokens.backend, { 'hilo-acting-for': `session:${sessions[n % sessions.length]}` })
    const messages = Array.from({ length: MESSAGES - 1 }, () => ({ role: 'user', content: WORDS }))
    const before = await this.#bytes()
    const ids: string[] = []
    await this.#measured('create with 3 messages', count, async () => {
      await abreast(count, async (n) => {
        const ask = { method: 'POST', headers: beginner(n), body: { messages } }
        const url = this.#at('/api/conversations')
        ids[n] = (await callJson<{ id: string }>({ ...ask, url })).id
      })
      return count
    })
    const flushes = await this.#measured('append of a message, with its flush', count, async () => {
      await abreast(count, async (n) => {
        const body = { messages: [{ role: 'user', content: WORDS }] }
        const url = this.#at(`/api/conversations/${ids[n]}/messages`)
        await call({ url, method: 'POST', headers: beginner(n), body })
      })
      return count
    })
    const bytesEach = ((await this.#bytes()) - before) / count
    await this.#measured('link a session to a user', count, async () => {
      let calls = 0
      for (const session of sessions) {
        if (calls > 0) await this.#rest()
        const body = { user_id: user, session_id: session }
        const ask = { method: 'POST', headers: as(serviceTokens.migration), body }
        calls += await again(() => call({ ...ask, url: this.#at('/api/sessions/link') }))
      }
      return calls
    })
    const headers = as(await userToken(user))
    await this.#measured('export', count, async () => {
      let [calls, found] = [0, 0]
      for (let cursor: string | null = ''; cursor !== null; calls += 1) {
        const next = cursor && `?cursor=${cursor}`
        const text = await call({ url: this.#at(`/api/export${next}`), headers })
        const end = JSON.parse(text.trimEnd().split('\n').at(-1) ?? '') as Footer
        cursor = end.next_cursor
        found += end.conversations
      }
      if (found !== count) throw new Error(`${found} of ${count} were exported`)
      return calls
    })
    await this.#all(
      'reconcile, a dry run',
      count,
      '/api/admin/reconcile',
      as(serviceTokens.operator),
    )
    await this.#all('erase', count, '/api/erase', headers)
    return { bytesEach, flushMs: flushes.d1_ms / count }
  }

  /** Calls that go on from one another until all is done. */
  #all(what: string, count: number, path: string, headers: Record<string, string>) {
    return this.#measured(what, count, async () => {
      let calls = 0
      for (let cursor: string | null | undefined; cursor !== null; calls += 1) {
        const ask = { url: this.#at(path), method: 'POST', headers, body: { cursor } }
        cursor = (await callJson<{ next_cursor: string | null }>(ask)).next_cursor
      }
      return calls
    })
  }

  #at = (path: string): URL => new URL(path, this.#runtime.url('counted'))

  async #bytes(): Promise<number> {
    const db = await this.#runtime.database('counted')
    return (await db.prepare('SELECT 1').run()).meta.size_after
  }
}

interface Footer {
  conversations: number
  next_cursor: string | null
}
