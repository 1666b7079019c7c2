import { setTimeout as sleep } from 'node:timers/promises'

import { sessionToken, userToken } from '../support/tokens.ts'
import type { Deployment } from './deployment.ts'

/** What a test needs to know of an answer, whichever version gave it. */
export interface Answer {
  status: number
  text: string
  body: Record<string, unknown>
}

interface Message {
  id: string
  seq: number
  role: string
  content: string
}

export const at = (id: string) => `/api/conversations/${id}`

/** Somebody who calls whichever deployment stands. */
export class Client {
  readonly #headers: Record<string, string>
  readonly #deployment: () => Deployment

  constructor(deployment: () => Deployment, token: string) {
    this.#deployment = deployment
    this.#headers = { authorization: `Bearer ${token}` }
  }

  static user = async (deployment: () => Deployment, id: string = crypto.randomUUID()) =>
    new Client(deployment, await userToken(id))

  static session = async (deployment: () => Deployment, id: string) =>
    new Client(deployment, await sessionToken(id))

  request(method: string, path: string, body?: unknown, headers: Record<string, string> = {}) {
    return this.#deployment().fetch(path, {
      method,
      headers: {
        ...this.#headers,
        ...(body !== undefined && { 'content-type': 'application/json' }),
        ...headers,
      },
      ...(body !== undefined && { body: typeof body === 'string' ? body : JSON.stringify(body) }),
    })
  }

  async ask(method: string, path: string, body?: unknown): Promise<Answer> {
    const response = await this.request(method, path, body)
    const text = await response.text()
    const isJson = response.headers.get('content-type')?.includes('json') ?? false
    return { status: response.status, text, body: isJson && text !== '' ? parsed(text) : {} }
  }

  /** The text of an export; null if it was cut. */
  async exported(path: string): Promise<string | null> {
    const answer = await this.get(path).catch(() => null)
    return answer?.status === 200 ? answer.text : null
  }

  get = (path: string) => this.ask('GET', path)
  post = (path: string, body?: unknown) => this.ask('POST', path, body ?? {})
  patch = (path: string, body: unknown) => this.ask('PATCH', path, body)
  delete = (path: string) => this.ask('DELETE', path)

  /** A new conversation with one message in it. */
  async begin(content = 'Quiero ir a Cádiz.'): Promise<string> {
    const messages = [{ id: 'm1', role: 'user', content }]
    const { status, text, body } = await this.post('/api/conversations', { messages })
    if (status !== 201) throw new Error(`not created: ${status} ${text}`)
    return String(body['id'])
  }

  append = (id: string, messageId: string, content: string) =>
    this.post(`${at(id)}/messages`, { messages: [{ id: messageId, role: 'user', content }] })

  /** The messages of a conversation, oldest first. */
  async history(id: string): Promise<Message[]> {
    const { status, text, body } = await this.get(`${at(id)}/messages`)
    if (status !== 200) throw new Error(`not read: ${status} ${text}`)
    return body['data'] as Message[]
  }

  /** Imports a file of one conversation: what came of it, and `later` if the answer says to come back with the file. */
  async import(file: string): Promise<string> {
    const { status, text, body } = await this.post('/api/import', file)
    if (status !== 200) throw new Error(`not imported: ${status} ${text}`)
    const isLater = body['failed'] === 1 && text.includes('import the file again')
    if (isLater) return 'later'
    return ['imported', 'unchanged'].find((outcome) => body[outcome] === 1) ?? text
  }

  /** Ids of the list, once it has so many: a flush comes a moment later. */
  async listed(wanted: number): Promise<string[]> {
    for (const deadline = Date.now() + 10_000; ; await sleep(50)) {
      const { status, text, body } = await this.get('/api/conversations?status=all')
      if (status !== 200) throw new Error(`not listed: ${status} ${text}`)
      const ids = (body['data'] as { id: string }[]).map(({ id }) => id)
      if (ids.length >= wanted || Date.now() > deadline) return ids
    }
  }

  /** What a WebSocket is sent, with a ticket and after the last message, until a frame of this kind. */
  async hear(id: string, kind: string, meanwhile: () => Promise<unknown>): Promise<string[]> {
    const { body } = await this.post(`${at(id)}/live/ticket`)
    const response = await this.#deployment().fetch(`${at(id)}/live`, {
      headers: {
        upgrade: 'websocket',
        'sec-websocket-protocol': `hilo.live, ticket.${String(body['ticket'])}`,
      },
    })
    const { webSocket } = response
    if (!webSocket) throw new Error(`no socket: ${response.status} ${await response.text()}`)
    const frames: string[] = []
    const { promise, resolve, reject } = Promise.withResolvers<void>()
    webSocket.addEventListener('close', ({ reason }) => reject(new Error(`closed: ${reason}`)))
    webSocket.addEventListener('message', ({ data }) => {
      if (typeof data !== 'string') return
      const frame = JSON.parse(data) as { event: string }
      if (frame.event === 'check') webSocket.send(data)
      if (frame.event === 'ready') meanwhile().catch(reject)
      frames.push(frame.event)
      if (frame.event === kind) resolve()
    })
    webSocket.accept()
    await promise.finally(() => webSocket.close(1000, 'done'))
    return frames
  }
}

function parsed(text: string): Record<string, unknown> {
  try {
    return JSON.parse(text) as Record<string, unknown>
  } catch {
    return {}
  }
}
