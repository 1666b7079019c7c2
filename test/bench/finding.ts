import { call, callJson } from './client.ts'
import { quiet } from './counts.ts'
import type { Tally } from './counts.ts'
import { Client, givenList, WORDS } from './hilo.ts'
import type { Runtime } from './runtime.ts'

const CONVERSATIONS = 150
const MESSAGES = 20
const TIMES = 20
/** Conversations of others that are written to D1 at once. */
const CHUNK = 5_000

/** Rows that searches read: of D1, and of their index. */
export interface RowsRead {
  first: number
  next: number
}

export interface Found {
  /** From the answer to an append until a search finds it, in ms. */
  untilFound: { p50: number; worst: number }
  bytes: { text: number; index: number }
  alone: RowsRead
  beside: RowsRead
  /** How many messages others had then. */
  others: number
}

/** How soon something is found, how large an index is, and what of a search depends on what others have. */
export class Finding {
  readonly #runtime: Runtime

  constructor(runtime: Runtime) {
    this.#runtime = runtime
  }

  async found(others: number): Promise<Found> {
    const untilFound = await this.#untilFound()
    const { rows: alone, bytes } = await this.#searched('alone')
    await this.#others(others)
    const { rows: beside } = await this.#searched('beside')
    return { untilFound, bytes, alone, beside, others }
  }

  async #untilFound(): Promise<Found['untilFound']> {
    const ann = await Client.of(this.#runtime, 'finder')
    const id = await ann.create()
    await ann.find('nothing')
    const times: number[] = []
    for (let n = 0; n < TIMES; n += 1) {
      await ann.say(id, `word${n} among others`)
      const start = performance.now()
      while ((await ann.find(`word${n}`)) === 0) {
        // Again, until it is there.
      }
      times.push(performance.now() - start)
      await quiet()
    }
    const sorted = times.toSorted((a, b) => a - b)
    return { p50: sorted[TIMES / 2] ?? NaN, worst: sorted.at(-1) ?? NaN }
  }

  /** What the first search reads of D1, and the next one of its index, for somebody who has said a little. */
  async #searched(user: string) {
    const ann = await Client.of(this.#runtime, user, 'counted')
    for (let n = 0; n < CONVERSATIONS; n += 1) await ann.conversationOf(MESSAGES)
    await quiet()
    await this.#tally()
    await ann.find('museum')
    const first = (await this.#tally()).d1_read
    await quiet()
    await ann.find('museum')
    await this.#tally()
    await ann.find('museum')
    const next = (await this.#tally()).object_read
    const url = new URL(`/bytes?name=user:${user}`, this.#runtime.url('counted'))
    const bytes = {
      index: Number(await call({ url })),
      text: CONVERSATIONS * MESSAGES * WORDS.length,
    }
    return { rows: { first, next }, bytes }
  }

  #tally = (): Promise<Tally> =>
    callJson<Tally>({ url: new URL('/tally', this.#runtime.url('counted')) })

  async #others(messages: number): Promise<void> {
    const db = await this.#runtime.database('counted')
    const count = messages / MESSAGES
    for (let from = 0; from < count; from += CHUNK) {
      const user = `other${from}`
      await givenList(this.#runtime, user, Math.min(CHUNK, count - from), { place: 'counted' })
      await db
        .prepare(
          `WITH RECURSIVE more (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM more WHERE n < ${MESSAGES})
           INSERT INTO messages (conversation_id, seq, id, role, origin, content, status, created_at)
           SELECT id, n, 'm' || n, 'user', 'client', ?2, 'complete', 1 FROM conversations, more WHERE user_id = ?1`,
        )
        .bind(user, WORDS)
        .run()
    }
  }
}
