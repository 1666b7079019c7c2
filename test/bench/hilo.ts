import { serviceTokens } from '../support/settings.ts'
import { userToken } from '../support/tokens.ts'
import { type Ask, call, callJson, timeTo } from './client.ts'
import type { Place, Runtime } from './runtime.ts'

/** What people say, of a usual length. */
export const WORDS =
  'The ferry leaves at nine and the museum opens at ten, so we could do both. '.repeat(4)

const said = (role = 'user') => ({ role, content: WORDS })

/** One user's client of Hilo. */
export class Client {
  readonly #runtime: Runtime
  readonly #place: Place
  readonly #user: string
  readonly #headers: Record<string, string>

  private constructor(runtime: Runtime, place: Place, user: string, token: string) {
    this.#runtime = runtime
    this.#place = place
    this.#user = user
    this.#headers = { authorization: `Bearer ${token}` }
  }

  static async of(runtime: Runtime, user: string, place: Place = 'hilo'): Promise<Client> {
    return new Client(runtime, place, user, await userToken(user))
  }

  #ask(path: string, body?: unknown): Ask {
    const url = new URL(path, this.#runtime.url(this.#place))
    const method = body === undefined ? 'GET' : 'POST'
    return { url, method, headers: this.#headers, body }
  }

  #at = (id: string, what: string): string => `/api/conversations/${id}/${what}`

  async create(): Promise<string> {
    const { id } = await callJson<{ id: string }>(this.#ask('/api/conversations', {}))
    return id
  }

  /** A conversation that has this many messages, from people and their assistant in turn. */
  async conversationOf(length: number): Promise<string> {
    const id = await this.create()
    const all = Array.from({ length }, (_, index) => said(index % 2 === 0 ? 'user' : 'assistant'))
    const headers = {
      authorization: `Bearer ${serviceTokens.backend}`,
      'hilo-acting-for': `user:${this.#user}`,
    }
    for (let from = 0; from < length; from += 100) {
      const messages = all.slice(from, from + 100)
      await call({ ...this.#ask(this.#at(id, 'messages'), { messages }), headers })
    }
    return id
  }

  /** The same, but at every so many messages one was asked for again, and the conversation went on from there. */
  async branchedOf(length: number, every: number): Promise<string> {
    const id = await this.create()
    const headers = {
      authorization: `Bearer ${serviceTokens.backend}`,
      'hilo-acting-for': `user:${this.#user}`,
    }
    const post = (body: object) => call({ ...this.#ask(this.#at(id, 'messages'), body), headers })
    for (let from = 0; from < length; from += every) {
      const messages = Array.from({ length: every - 1 }, (_, index) => ({
        id: `m${from + index}`,
        ...said(index % 2 === 0 ? 'user' : 'assistant'),
      }))
      await post({ messages })
      await post({ messages: [said('assistant')], parent_id: `m${from + every - 3}` })
    }
    return id
  }

  append = (id: string, count = 1) =>
    call(
      this.#ask(this.#at(id, 'messages'), {
        messages: Array.from({ length: count }, () => said()),
      }),
    )

  context = (id: string) => call(this.#ask(this.#at(id, 'context')))

  history = (id: string, cursor = '') =>
    call(this.#ask(this.#at(id, `messages?limit=50&order=desc${cursor && `&cursor=${cursor}`}`)))

  /** All the way to an object that has nothing, and back. */
  contextOfNone = () =>
    call({ ...this.#ask(this.#at('01900000-0000-7000-8000-00000000dead', 'context')), status: 404 })

  list = (cursor = '') => call(this.#ask(`/api/conversations${cursor && `?cursor=${cursor}`}`))

  say = (id: string, content: string) =>
    call(this.#ask(this.#at(id, 'messages'), { messages: [{ role: 'user', content }] }))

  /** How many a query finds. */
  async find(q: string): Promise<number> {
    return (await callJson<{ data: unknown[] }>(this.#ask(`/api/search?q=${q}`))).data.length
  }

  search = () => call(this.#ask('/api/search?q=museum&limit=1'))

  /** The cursor that leads from page to page, as many times. */
  async cursorOf(page: number, read: (cursor: string) => Promise<string>): Promise<string> {
    let cursor = ''
    for (let number = 1; number < page; number += 1) {
      cursor = (JSON.parse(await read(cursor)) as { next_cursor: string }).next_cursor
    }
    return cursor
  }

  /** Milliseconds to the first words of a reply. */
  timeToReply = (id: string) => {
    const ask = this.#ask(this.#at(id, 'continue'), { messages: [said()] })
    const headers = { ...ask.headers, accept: 'text/event-stream' }
    return timeTo('event: delta', { ...ask, headers })
  }

  continue = (id: string) => call(this.#ask(this.#at(id, 'continue'), { messages: [said()] }))
}

let given = 0

/** Fills the record with conversations of a user that nobody opens: a list is all that reads them. */
export async function givenList(
  runtime: Runtime,
  user: string,
  count: number,
  { place = 'hilo', agoMs = 0 }: { place?: 'hilo' | 'counted'; agoMs?: number } = {},
): Promise<void> {
  const db = await runtime.database(place)
  await db
    .prepare(
      `WITH RECURSIVE more (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM more WHERE n < ?2)
       INSERT INTO conversations (id, user_id, language, title, is_active, is_resolved, hold, created_at,
         updated_at, quiet_since, last_seq, summary_seq, tokens_used, metadata, version, head_id)
       SELECT format('01900000-0000-7000-8000-%012d', n + ?4), ?1, 'es', 'Un viaje ' || n, 1, 0, 0, ?3 - n,
         ?3 - n, ?3 - n, 10, 0, 0, '{}', 1, 'm10' FROM more`,
    )
    .bind(user, count, Date.now() - agoMs, given)
    .run()
  given += count
}
