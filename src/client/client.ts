import createClient, { type Client } from 'openapi-fetch'

import { type LiveOptions, follow } from './live.ts'
import { Reply } from './reply.ts'
import { type Fetch, HiloError, retrying } from './retrying.ts'
import type { components, paths } from './schema.d.ts'

export type { Message, Problem, ReplyEvent } from './events.ts'
export type { LiveFrame, LiveOptions } from './live.ts'
export { Reply } from './reply.ts'
export { HiloError } from './retrying.ts'
export type { components, paths } from './schema.d.ts'

type NewMessage = components['schemas']['NewMessage']
type NewConversation = components['schemas']['NewConversation']

export interface HiloOptions {
  /** Where Hilo answers, such as `https://hilo.example.com`. */
  url: string
  /** The bearer token of a user, a session or a service; or what brings it, asked before each request. */
  token?: string | (() => string | Promise<string>)
  /** For whom a service acts: `user:ID` or `session:ID`. */
  actingFor?: string
  /** How often a request is sent again if no answer came, or one that says to come back. 4 unless set. */
  retries?: number
  /** Another `fetch` than the platform's. */
  fetch?: Fetch
}

/** A client of Hilo. Every request of its may be sent again: what it creates has an id before it is sent. */
export class Hilo {
  /** Every route of the reference, typed: `hilo.api.GET('/api/conversations')`. */
  readonly api: Client<paths>
  readonly #options: HiloOptions
  readonly #fetch: Fetch

  constructor(options: HiloOptions) {
    this.#options = options
    const send = options.fetch ?? ((request: Request) => fetch(request))
    const authorised: Fetch = async (request) => send(await this.#authorised(request))
    this.#fetch = retrying(authorised, options.retries ?? 4)
    this.api = createClient<paths>({ baseUrl: options.url, fetch: this.#fetch })
  }

  /** Creates a conversation with its first messages, and has the model answer. */
  begin(messages: NewMessage[], more: Omit<NewConversation, 'messages'> = {}): Reply {
    const id = more.id ?? crypto.randomUUID()
    const body = { continue: {}, ...more, id, messages: messages.map(identified) }
    return this.#reply(id, '/api/conversations', body)
  }

  /** Adds messages to a conversation, and has the model answer. */
  continue(
    conversationId: string,
    messages: NewMessage[],
    more: Omit<components['schemas']['ContinueRequest'], 'messages'> = {},
  ): Reply {
    const path = `/api/conversations/${conversationId}/continue`
    return this.#reply(conversationId, path, { ...more, messages: messages.map(identified) })
  }

  /** Asks for one more reply to a message, beside those that it has. */
  again(
    conversationId: string,
    messageId: string,
    more: Omit<components['schemas']['ContinueRequest'], 'messages' | 'parent_id'> = {},
  ): Reply {
    const path = `/api/conversations/${conversationId}/continue`
    const reply_id = more.reply_id ?? crypto.randomUUID()
    return this.#reply(conversationId, path, { ...more, reply_id, parent_id: messageId })
  }

  /** The running reply of a conversation from its beginning, as after a reload; null if none runs. */
  async join(conversationId: string): Promise<Reply | null> {
    const path = `/api/conversations/${conversationId}/stream`
    const first = await this.#fetch(this.#stream(path))
    if (first.status === 204) return null
    if (!first.ok) throw await HiloError.of(first)
    let isTaken = false
    const again: Fetch = (request) => {
      if (isTaken) return this.#fetch(request)
      isTaken = true
      return Promise.resolve(first)
    }
    return this.#follow(conversationId, again, () => this.#stream(path))
  }

  /** Follows everything that happens in a conversation. */
  live(conversationId: string, options: LiveOptions): { close: () => void } {
    const path = `/api/conversations/${conversationId}/live`
    const url = (after: number | undefined) =>
      `${this.#url(path).replace(/^http/, 'ws')}${after === undefined ? '' : `?after=${after}`}`
    const ticket = async () => {
      const response = await this.#fetch(
        new Request(this.#url(`${path}/ticket`), { method: 'POST' }),
      )
      if (!response.ok) throw await HiloError.of(response)
      return ((await response.json()) as { ticket: string }).ticket
    }
    return follow({ url, ticket }, options)
  }

  #reply(conversationId: string, path: string, body: object): Reply {
    const json = JSON.stringify(body)
    const ask = () => this.#stream(path, { method: 'POST', body: json })
    return this.#follow(conversationId, this.#fetch, ask)
  }

  #follow(conversationId: string, fetching: Fetch, ask: () => Request): Reply {
    const join = (id: string, after: string) =>
      this.#stream(`/api/conversations/${id}/stream`, { headers: { 'last-event-id': after } })
    return new Reply(conversationId, { fetch: fetching, ask, join })
  }

  #stream(path: string, init: RequestInit = {}): Request {
    const headers = new Headers(init.headers)
    headers.set('accept', 'text/event-stream')
    if (init.body) headers.set('content-type', 'application/json')
    return new Request(this.#url(path), { ...init, headers })
  }

  #url = (path: string): string => `${this.#options.url.replace(/\/$/, '')}${path}`

  async #authorised(request: Request): Promise<Request> {
    const { token, actingFor } = this.#options
    const headers = new Headers(request.headers)
    const known = typeof token === 'function' ? await token() : token
    if (known !== undefined) headers.set('authorization', `Bearer ${known}`)
    if (actingFor !== undefined) headers.set('hilo-acting-for', actingFor)
    return new Request(request, { headers })
  }
}

const identified = (message: NewMessage): NewMessage => ({
  ...message,
  id: message.id ?? crypto.randomUUID(),
})
