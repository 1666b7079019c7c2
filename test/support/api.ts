import { env, exports } from 'cloudflare:workers'

import type { Conversation } from '../../src/contract/conversation.ts'
import type { List } from '../../src/contract/list.ts'
import type { Message } from '../../src/contract/message.ts'
import type { ContinueAnswer } from '../../src/contract/reply.ts'
import worker from '../../src/worker.ts'
import { serviceToken, sessionToken, userToken } from './tokens.ts'

const ORIGIN = 'https://api.test'

/** Sends a request to the deployed entry point, never to a hand-built app. */
export const send = (path: string, init: RequestInit = {}): Promise<Response> =>
  exports.default.fetch(`${ORIGIN}${path}`, init)

/** The same with other settings or bindings; the objects behind it keep the real ones. */
export const sendWith = (changed: Partial<Env>, path: string, init: RequestInit = {}) =>
  worker.fetch(new Request(`${ORIGIN}${path}`, init) as never, { ...env, ...changed }, context)

const context = { waitUntil: () => {}, passThroughOnException: () => {} } as never

const json = (body: unknown) =>
  body === undefined
    ? {}
    : { body: JSON.stringify(body), headers: { 'content-type': 'application/json' } }

/** Somebody who calls: what they send carries their credential. */
export class Client {
  readonly headers: Record<string, string>

  constructor(headers: Record<string, string>) {
    this.headers = headers
  }

  request(method: string, path: string, body?: unknown, headers: Record<string, string> = {}) {
    const init = json(body)
    return send(path, {
      ...init,
      method,
      headers: { ...this.headers, ...init.headers, ...headers },
    })
  }

  get = (path: string) => this.request('GET', path)
  post = (path: string, body?: unknown) => this.request('POST', path, body)
  patch = (path: string, body?: unknown) => this.request('PATCH', path, body)
  delete = (path: string) => this.request('DELETE', path)
  /** Continues a conversation as a stream of server-sent events. */
  stream = (id: string, body: unknown) =>
    this.request('POST', `/api/conversations/${id}/continue`, body, { accept: 'text/event-stream' })
}

const bearer = (token: string) => ({ authorization: `Bearer ${token}` })

/** The cast. Each test that needs to own everything it sees asks for somebody new. */
export const as = {
  user: async (id: string = crypto.randomUUID()) => new Client(bearer(await userToken(id))),
  session: async (id: string = crypto.randomUUID()) => new Client(bearer(await sessionToken(id))),
  service: (name: Parameters<typeof serviceToken>[0], actingFor?: string) =>
    new Client({
      ...bearer(serviceToken(name)),
      ...(actingFor !== undefined && { 'hilo-acting-for': actingFor }),
    }),
  nobody: new Client({}),
}

export const bodyOf = async <T>(response: Response | Promise<Response>): Promise<T> =>
  (await response).json<T>()

/** The path of a conversation. */
export const at = (id: string) => `/api/conversations/${id}`

export const read = (client: Client, id: string) => bodyOf<Conversation>(client.get(at(id)))

export const append = (client: Client, id: string, messages: object[], more: object = {}) =>
  client.post(`${at(id)}/messages`, { messages, ...more })

export type Listed<T> = List<T>
export type Appended = { messages: Message[]; conversation: Conversation }
export type { ContinueAnswer, Conversation, Message }
