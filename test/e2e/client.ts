import { setTimeout as sleep } from 'node:timers/promises'

import { type ServerEvent, eventsOf } from '../support/events.ts'

export interface Answer<T> {
  status: number
  headers: Headers
  body: T
}

/** Somebody who calls over HTTP, with nothing but fetch. */
export class Client {
  readonly url: string
  readonly headers: Record<string, string>

  constructor(url: string, headers: Record<string, string> = {}) {
    this.url = url
    this.headers = headers
  }

  with(headers: Record<string, string>): Client {
    return new Client(this.url, { ...this.headers, ...headers })
  }

  bearing(token: string): Client {
    return this.with({ authorization: `Bearer ${token}` })
  }

  send(method: string, path: string, body?: unknown): Promise<Response> {
    const json = body === undefined ? {} : { 'content-type': 'application/json' }
    return fetch(`${this.url}${path}`, {
      method,
      headers: { ...json, ...this.headers },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    })
  }

  async ask<T>(method: string, path: string, body?: unknown): Promise<Answer<T>> {
    const response = await this.send(method, path, body)
    const text = await response.text()
    return {
      status: response.status,
      headers: response.headers,
      body: (text === '' ? null : JSON.parse(text)) as T,
    }
  }

  get = <T>(path: string) => this.ask<T>('GET', path)
  post = <T>(path: string, body?: unknown) => this.ask<T>('POST', path, body)
  patch = <T>(path: string, body?: unknown) => this.ask<T>('PATCH', path, body)
  delete = <T>(path: string) => this.ask<T>('DELETE', path)

  /** A new conversation's path. */
  async conversation(body: object = {}): Promise<string> {
    const created = await this.post('/api/conversations', body)
    const location = created.headers.get('location')
    if (created.status !== 201 || location === null) throw new Error(JSON.stringify(created.body))
    return location
  }

  /** Joins the running reply, or goes on after an event. */
  async *join(path: string, lastEventId?: string): AsyncGenerator<ServerEvent> {
    const after = lastEventId === undefined ? {} : { 'last-event-id': lastEventId }
    yield* eventsOf(await this.with(after).send('GET', `${path}/stream`))
  }

  /** Continues a conversation; the events come as the server sends them. */
  async *stream(path: string, ...messages: object[]): AsyncGenerator<ServerEvent> {
    const client = this.with({ accept: 'text/event-stream' })
    yield* eventsOf(await client.send('POST', `${path}/continue`, { messages }))
  }
}

export const says = (content: string, id: string = crypto.randomUUID()) => ({
  id,
  role: 'user',
  content,
})

/** Asks until the answer is as wanted: what the record shows, it shows after a moment. */
export async function eventually<T>(ask: () => Promise<T>, isWanted: (it: T) => boolean) {
  for (const deadline = Date.now() + 20_000; ;) {
    const it = await ask()
    if (isWanted(it)) return it
    if (Date.now() > deadline) throw new Error(`never as wanted: ${JSON.stringify(it)}`)
    await sleep(50)
  }
}
