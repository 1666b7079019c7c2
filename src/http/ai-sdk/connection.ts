import * as z from 'zod'

/** Answers a request as if it had come by itself. */
export type Dispatch = (request: Request) => Promise<Response>

/** How many requests may run on one socket at once. */
const REQUESTS = 32
/** How long a socket stays open on which nothing runs, in ms. */
const IDLE_MS = 60_000

const requestId = z.string().min(1).max(256)
const headers = z.record(z.string(), z.string())

/** What `WebSocketChatTransport` sends. */
const Frame = z.discriminatedUnion('type', [
  z.looseObject({
    type: z.literal('send'),
    requestId,
    id: z.string(),
    headers,
    body: z.record(z.string(), z.unknown()),
    messages: z.array(z.unknown()),
    trigger: z.string(),
    messageId: z.string().optional(),
  }),
  z.looseObject({ type: z.literal('resume'), requestId, id: z.string(), headers }),
  z.looseObject({ type: z.literal('abort'), requestId }),
])
type Asking = Exclude<z.infer<typeof Frame>, { type: 'abort' }>

/** One socket of a page: every frame is a request like any other, answered on the socket. */
export class Connection {
  readonly #socket: WebSocket
  readonly #origin: string
  readonly #headers: Record<string, string>
  readonly #dispatch: Dispatch
  readonly #running = new Map<string, AbortController>()
  #idle: ReturnType<typeof setTimeout> | undefined

  constructor(socket: WebSocket, origin: string, own: Record<string, string>, dispatch: Dispatch) {
    this.#socket = socket
    this.#origin = origin
    this.#headers = own
    this.#dispatch = dispatch
  }

  open(): void {
    this.#socket.accept()
    this.#socket.addEventListener('message', ({ data }) => this.#hear(data))
    this.#socket.addEventListener('close', () => this.#close())
    this.#socket.addEventListener('error', () => this.#close())
    this.#rest()
  }

  #hear(data: string | ArrayBuffer): void {
    const frame = typeof data === 'string' ? read(data) : null
    if (frame === null) return this.#refuse()
    if (frame.type === 'abort') return this.#running.get(frame.requestId)?.abort()
    if (this.#running.size >= REQUESTS || this.#running.has(frame.requestId)) {
      return this.#say(frame.requestId, 'error', { errorText: 'Too many requests run at once.' })
    }
    const abort = new AbortController()
    this.#running.set(frame.requestId, abort)
    clearTimeout(this.#idle)
    void this.#answer(frame, abort.signal).finally(() => {
      this.#running.delete(frame.requestId)
      this.#rest()
    })
  }

  async #answer(frame: Asking, signal: AbortSignal): Promise<void> {
    const { requestId: id } = frame
    try {
      const answer = await this.#dispatch(this.#requestOf(frame))
      if (answer.status === 204) return this.#say(id, 'no-active')
      if (!answer.ok || !answer.body) {
        return this.#say(id, 'error', { errorText: await answer.text() })
      }
      this.#say(id, 'start')
      let sequence = 0
      for await (const chunk of chunksIn(answer.body, signal)) {
        this.#say(id, 'chunk', { sequence, chunk })
        sequence += 1
      }
      if (!signal.aborted) this.#say(id, 'end')
    } catch {
      this.#say(id, 'error', {
        errorText: 'The connection broke. What was said is kept: load it again.',
      })
    }
  }

  #requestOf(frame: Asking): Request {
    const { authorization, 'hilo-acting-for': actingFor } = lowerCased(frame.headers)
    const own = {
      ...this.#headers,
      ...(authorization !== undefined && { authorization }),
      ...(actingFor !== undefined && { 'hilo-acting-for': actingFor }),
    }
    if (frame.type === 'resume') {
      const path = `/api/chat/${encodeURIComponent(frame.id)}/stream`
      return new Request(`${this.#origin}${path}`, { headers: own })
    }
    const { id, messages, trigger, messageId, body } = frame
    return new Request(`${this.#origin}/api/chat`, {
      method: 'POST',
      headers: { ...own, 'content-type': 'application/json' },
      body: JSON.stringify({ ...body, id, messages, trigger, messageId }),
    })
  }

  #say(id: string, type: string, more: object = {}): void {
    if (this.#socket.readyState !== WebSocket.OPEN) return
    this.#socket.send(JSON.stringify({ type, requestId: id, ...more }))
  }

  #rest(): void {
    clearTimeout(this.#idle)
    if (this.#running.size > 0) return
    this.#idle = setTimeout(() => this.#socket.close(1000, 'Idle'), IDLE_MS)
  }

  #refuse(): void {
    this.#socket.close(1008, 'Send the frames of WebSocketChatTransport')
    this.#close()
  }

  #close(): void {
    clearTimeout(this.#idle)
    for (const abort of this.#running.values()) abort.abort()
  }
}

function read(text: string): z.infer<typeof Frame> | null {
  try {
    return Frame.safeParse(JSON.parse(text)).data ?? null
  } catch {
    return null
  }
}

const lowerCased = (all: Record<string, string>): Record<string, string> =>
  Object.fromEntries(Object.entries(all).map(([name, value]) => [name.toLowerCase(), value]))

/** The chunks of a UI message stream. To hang up is to follow no longer: the reply goes on. */
async function* chunksIn(
  body: ReadableStream<Uint8Array>,
  signal: AbortSignal,
): AsyncGenerator<unknown> {
  const reader = body.getReader()
  const hangUp = () => void reader.cancel().catch(() => {})
  signal.addEventListener('abort', hangUp)
  const decoder = new TextDecoder()
  let rest = ''
  while (!signal.aborted) {
    const { done, value } = await reader.read()
    if (done) return
    const lines = (rest + decoder.decode(value, { stream: true })).split('\n\n')
    rest = lines.pop() ?? ''
    for (const line of lines) if (line.startsWith('data: {')) yield JSON.parse(line.slice(6))
  }
}
