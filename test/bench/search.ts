import { userToken } from '../support/tokens.ts'
import { call, callJson } from './client.ts'
import type { Operation } from './rounds.ts'
import type { Runtime } from './runtime.ts'
import { wordsOf } from './words.ts'

/** Messages of one conversation, and how many conversations are written at once. */
const LONG = 50
const ABREAST = 10
/** Messages that a bare object takes in one call. */
const CHUNK = 5_000

/** What is looked for: one find or two, as many as a page has, and what every message says. */
const queries = { few: 'pair7', 'a page': 'hundredth7', all: 'ferry' }

interface Answer {
  data: unknown[]
  indexed: { conversations: number; of: number }
}

/** One owner who has said much, and a bare FTS5 object that has the same. */
export class Searching {
  readonly #runtime: Runtime
  readonly size: number
  readonly #headers: Record<string, string>
  /** Until the first search had an answer, and until it had all: the index is made of nothing. */
  firstMs = 0
  wholeMs = 0

  private constructor(runtime: Runtime, size: number, token: string) {
    this.#runtime = runtime
    this.size = size
    this.#headers = { authorization: `Bearer ${token}` }
  }

  /** One for each length of a history. */
  static async all(runtime: Runtime, isQuick: boolean): Promise<Searching[]> {
    const searchings: Searching[] = []
    for (const size of isQuick ? [100, 2_000] : [100, 10_000, 100_000]) {
      searchings.push(await Searching.of(runtime, size))
    }
    return searchings
  }

  private static async of(runtime: Runtime, size: number): Promise<Searching> {
    const searching = new Searching(runtime, size, await userToken(`searcher${size}`))
    await searching.#seed()
    return searching
  }

  async #seed(): Promise<void> {
    const long = Math.min(LONG, this.size / ABREAST)
    for (let from = 0; from < this.size; from += long * ABREAST) {
      const some = Array.from({ length: ABREAST }, (_, n) => from + n * long)
      await Promise.all(some.map((first) => this.#say(first, long)))
    }
    for (let from = 0; from < this.size; from += CHUNK) {
      const to = Math.min(from + CHUNK, this.size)
      await call(this.#bare('fill', `from=${from}&to=${to}`))
    }
    const start = performance.now()
    let { indexed } = await callJson<Answer>(this.#search('pair7'))
    this.firstMs = performance.now() - start
    while (indexed.conversations < indexed.of) {
      await new Promise((resolve) => setTimeout(resolve, 100))
      indexed = (await callJson<Answer>(this.#search('pair7'))).indexed
    }
    this.wholeMs = performance.now() - start
  }

  #say(first: number, long: number): Promise<unknown> {
    const messages = Array.from({ length: long }, (_, n) => ({
      role: 'user',
      content: wordsOf(first + n),
    }))
    const url = new URL('/api/conversations', this.#runtime.url('hilo'))
    return call({ url, method: 'POST', headers: this.#headers, body: { messages } })
  }

  #search(q: string) {
    return {
      url: new URL(`/api/search?q=${q}`, this.#runtime.url('hilo')),
      headers: this.#headers,
    }
  }

  #bare(what: string, query: string) {
    return {
      url: new URL(`/${what}?name=searched${this.size}&${query}`, this.#runtime.url('object')),
    }
  }

  static operationsOf = (all: Searching[]): Operation[] => all.flatMap((one) => one.#operations())

  /** Each search, and a bare object's beside it. */
  #operations(): Operation[] {
    return Object.entries(queries).flatMap(([what, q]) => [
      {
        name: `search, finds ${what}, history ${this.size}`,
        once: async () => void (await call(this.#search(q))),
      },
      {
        name: `bare search, finds ${what}, history ${this.size}`,
        once: async () => void (await call(this.#bare('find', `q=${q}`))),
      },
    ])
  }
}
