import { onTestFinished } from 'vitest'

import type { LiveFrame } from '../../src/contract/live.ts'
import { Client, as, bodyOf, send } from './api.ts'
import { eventually } from './record.ts'

type Frame<E extends LiveFrame['event']> = Extract<LiveFrame, { event: E }>

export const live = (
  client: Client,
  id: string,
  query = '',
  headers: Record<string, string> = {},
): Promise<Response> =>
  send(`/api/conversations/${id}/live${query}`, {
    headers: { upgrade: 'websocket', ...client.headers, ...headers },
  })

/** A ticket for a socket; throws if that was refused. */
export async function ticketFor(client: Client, id: string) {
  const response = await client.post(`/api/conversations/${id}/live/ticket`)
  if (response.status !== 200) throw new Error(`no ticket: ${await response.text()}`)
  return bodyOf<{ ticket: string; expires_at: string }>(response)
}

export const withTicket = (id: string, ticket: string, headers: Record<string, string> = {}) =>
  live(as.nobody, id, '', { 'sec-websocket-protocol': `hilo.live, ticket.${ticket}`, ...headers })

/** A client's end of a WebSocket, and all that it was sent. */
export class Listener {
  readonly frames: LiveFrame[] = []
  readonly raw: string[] = []
  closed: { code: number; reason: string } | null = null
  readonly #socket: WebSocket

  constructor(socket: WebSocket, answersChecks: boolean) {
    this.#socket = socket
    socket.addEventListener('message', ({ data }) => {
      const text = String(data)
      this.raw.push(text)
      if (text === 'pong') return
      const frame = JSON.parse(text) as LiveFrame
      this.frames.push(frame)
      if (frame.event === 'check' && answersChecks) socket.send(text)
    })
    socket.addEventListener('close', ({ code, reason }) => {
      this.closed = { code, reason }
    })
    socket.accept()
  }

  say(text: string | ArrayBuffer): void {
    this.#socket.send(text)
  }

  close(): void {
    this.#socket.close(1000, 'done')
  }

  of<E extends LiveFrame['event']>(event: E): Frame<E>[] {
    return this.frames.filter((frame): frame is Frame<E> => frame.event === event)
  }

  get seqs(): number[] {
    return this.of('message').map(({ seq }) => seq)
  }

  /** The text of a reply as its deltas tell it; throws if they leave a gap or say something twice. */
  textOf(replyId: string): string {
    return this.of('delta')
      .filter((frame) => frame.reply_id === replyId)
      .reduce((text, { offset, content }) => {
        if (offset !== text.length) throw new Error(`${offset} after ${text.length}`)
        return text + content
      }, '')
  }

  until = (holds: (self: Listener) => boolean) => eventually(() => holds(this))
  ready = () => this.until((self) => self.of('ready').length > 0)
  ended = () => this.until((self) => self.closed !== null)
}

/** Listens to an answer that is a WebSocket, until the test ends. */
export function listenerOf(response: Response, answersChecks = true): Listener {
  const { webSocket } = response
  if (!webSocket) throw new Error(`no socket: ${response.status}`)
  const listener = new Listener(webSocket, answersChecks)
  onTestFinished(() => listener.close())
  return listener
}

export async function connected(
  client: Client,
  id: string,
  query = '',
  answersChecks = true,
): Promise<Listener> {
  const listener = listenerOf(await live(client, id, query), answersChecks)
  if (answersChecks) await listener.ready()
  return listener
}
