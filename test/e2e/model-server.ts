import { type IncomingMessage, type ServerResponse, createServer } from 'node:http'
import type { AddressInfo } from 'node:net'

/** How the model answers one request. */
export type Turn = (reply: Reply) => void | Promise<void>

/** One answer of the model, in server-sent events. */
export class Reply {
  readonly #response: ServerResponse

  constructor(response: ServerResponse) {
    this.#response = response
  }

  /** Whether the client has gone away. */
  get isLost(): boolean {
    return this.#response.destroyed
  }

  say(content: string): void {
    this.#event({ choices: [{ index: 0, delta: { content }, finish_reason: null }] })
  }

  think(reasoning: string): void {
    this.#event({ choices: [{ index: 0, delta: { reasoning_content: reasoning } }] })
  }

  call(id: string, name: string, args: object): void {
    const called = { name, arguments: JSON.stringify(args) }
    const delta = {
      tool_calls: [{ index: Number(id.at(-1)), id, type: 'function', function: called }],
    }
    this.#event({ choices: [{ index: 0, delta, finish_reason: null }] })
  }

  finish(tokens = 9, reason = 'stop'): void {
    this.#event({ choices: [{ index: 0, delta: {}, finish_reason: reason }] })
    const usage = { prompt_tokens: tokens - 1, completion_tokens: 1, total_tokens: tokens }
    this.#event({ choices: [], usage })
    this.#response.end('data: [DONE]\n\n')
  }

  refuse(status: number): void {
    this.#response.writeHead(status, { 'content-type': 'application/json' })
    this.#response.end('{"error":{"message":"you said: secret words"}}')
  }

  /** A whole answer at once, as the calls for titles want it. */
  name(title: string): void {
    const message = { role: 'assistant', content: `TITLE: ${title}\nTOPIC: a topic` }
    this.#response.writeHead(200, { 'content-type': 'application/json' })
    this.#response.end(JSON.stringify({ choices: [{ index: 0, message, finish_reason: 'stop' }] }))
  }

  #event(body: object): void {
    if (!this.#response.headersSent) {
      this.#response.writeHead(200, { 'content-type': 'text/event-stream' })
    }
    const chunk = { id: 'c', object: 'chat.completion.chunk', created: 1, model: 'm-2026' }
    this.#response.write(`data: ${JSON.stringify({ ...chunk, ...body })}\n\n`)
  }
}

interface Asked {
  path: string | undefined
  authorization: string | undefined
  body: { model: string; stream?: boolean; messages: { content: string }[] }
}

/** A local server that speaks the chat-completions API. What it says is chosen by the last message. */
export class ModelServer {
  readonly asked: Asked[] = []
  /** How it answers what nothing was said about. */
  otherwise: (reply: Reply, asked: string) => void | Promise<void> = (reply) => reply.refuse(404)
  readonly #turns = new Map<string, Turn>()
  readonly #server = createServer((request, response) => void this.#answer(request, response))

  async listen(): Promise<void> {
    await new Promise<void>((done) => this.#server.listen(0, '127.0.0.1', done))
  }

  /** What has a server ask it, on the command line. */
  get vars(): string[] {
    const { port } = this.#server.address() as AddressInfo
    const vars = [
      'MODEL_PROVIDER:openai',
      `MODEL_BASE_URL:http://127.0.0.1:${port}/v1`,
      'MODEL_API_KEY:key-of-the-test',
      'MODEL_NAME:small',
    ]
    return vars.flatMap((one) => ['--var', one])
  }

  /** How it answers a request that says this, from now on. */
  when(said: string, turn: Turn): void {
    this.#turns.set(said, turn)
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    let text = ''
    for await (const chunk of request) text += String(chunk)
    const body = JSON.parse(text) as Asked['body']
    this.asked.push({ path: request.url, authorization: request.headers.authorization, body })
    const reply = new Reply(response)
    if (!body.stream) return reply.name('A title')
    const { content = '' } = body.messages.at(-1) ?? {}
    const turn = this.#turns.get(content)
    await (turn ? turn(reply) : this.otherwise(reply, JSON.stringify(content)))
  }

  close(): void {
    this.#server.closeAllConnections()
    this.#server.close()
  }
}
