/**
 * The network of the Worker under test: every outbound request comes here. Runs in Node, not in workerd, so tests
 * steer it over `https://network.test` (see network.ts). A script is chosen by the `#key` in the last message.
 */
import { setTimeout as sleep } from 'node:timers/promises'

import { type SentBody, refusalOf } from './strict-endpoint.ts'

/** One thing that the fake model does. */
export type Step =
  /** Answers with a status in place of a stream. */
  | { status: number; body?: string; headers?: Record<string, string> }
  /** Streams a piece of text. */
  | { text: string }
  /** Streams a chunk as it stands. */
  | { chunk: object }
  /** Streams bytes as they stand. */
  | { raw: string }
  /** Does nothing for so many ms. */
  | { wait: number }
  /** Does nothing until the test opens this gate. */
  | { gate: string }
  /** Says why it finished, with usage and the closing marker. */
  | { finish: string; tokens?: number }
  /** Ends the connection: as if cut, without having said why. */
  | { cut: true }
  /** Breaks the connection with an error. */
  | { break: true }
  /** Never says anything more. */
  | { hang: true }

export interface Seen {
  body: unknown
  authorization: string | null
  /** Whether the Worker went away before the script was through. */
  isClosed: boolean
}

const scripts = new Map<string, Step[][]>()
const seen = new Map<string, Seen[]>()
const gates = new Map<string, PromiseWithResolvers<void>>()
const documents = new Map<string, { status: number; body: string }>()

const gate = (name: string): PromiseWithResolvers<void> => {
  const known = gates.get(name) ?? Promise.withResolvers<void>()
  gates.set(name, known)
  return known
}

export async function fakeNetwork(request: Request): Promise<Response> {
  const { host, pathname } = new URL(request.url)
  if (host === 'network.test') return steer(pathname, request)
  if (host === 'model.test' && pathname === '/v1/chat/completions') return complete(request)
  if (host === 'alerts.test') return takeAlert(pathname, request)
  const document = documents.get(`${host}${pathname}`)
  if (document) return new Response(document.body, { status: document.status })
  return new Response(`unexpected request to ${host}${pathname}`, { status: 599 })
}

async function steer(pathname: string, request: Request): Promise<Response> {
  const [, what = '', ...rest] = pathname.split('/')
  const name = decodeURIComponent(rest.join('/'))
  switch (what) {
    // One script an attempt; the last one stands for all that follow.
    case 'scripts':
      scripts.set(name, (await request.json()) as Step[][])
      return new Response()
    case 'seen':
      return Response.json(seen.get(name) ?? [])
    case 'gates':
      gate(name).resolve()
      return new Response()
    case 'documents':
      documents.set(name, (await request.json()) as { status: number; body: string })
      return new Response()
    default:
      return new Response('no such lever', { status: 599 })
  }
}

/** Keeps what a webhook was told, and answers with the status that its path names. */
async function takeAlert(pathname: string, request: Request): Promise<Response> {
  const [, name = '', status = '200'] = pathname.split('/')
  const told = seen.get(name) ?? []
  told.push({ body: await request.json(), authorization: null, isClosed: false })
  seen.set(name, told)
  return new Response(null, { status: Number(status) })
}

interface ChatRequest extends SentBody {
  stream?: boolean
}

async function complete(request: Request): Promise<Response> {
  const body = (await request.json()) as ChatRequest
  const named = /#([\w-]+)/.exec(lastIn(body))?.[1] ?? 'default'
  // What is asked in the background has scripts of its own: `#key` in what it is about means `key.names` or
  // `key.summary`.
  const asked = JSON.stringify(body.messages[0])
  const isNaming = asked.includes('You name conversations')
  const isReply = !isNaming && !asked.includes('You keep the running summary')
  const key = isReply ? named : `${named}.${isNaming ? 'names' : 'summary'}`
  const attempts = seen.get(key) ?? []
  const record: Seen = {
    body,
    authorization: request.headers.get('authorization'),
    isClosed: false,
  }
  attempts.push(record)
  seen.set(key, attempts)
  if (!body.stream) return background(key, isNaming, attempts.length)
  // The strictest of endpoints, in every test: no context may ever be refused for its shape.
  const why = refusalOf(body)
  if (why !== null) return Response.json({ error: { message: why } }, { status: 418 })
  const all = scripts.get(key) ?? [
    [{ text: 'Hello' }, { text: ' there' }, { finish: 'stop', tokens: 7 }],
  ]
  const steps = all[Math.min(attempts.length, all.length) - 1] ?? []
  const [first] = steps
  if (first && 'status' in first) {
    const {
      status,
      body: text = '{"error":{"message":"you said: secret words"}}',
      headers = {},
    } = first
    return new Response(text, {
      status,
      headers: { 'content-type': 'application/json', ...headers },
    })
  }
  return new Response(play(steps, record), { headers: { 'content-type': 'text/event-stream' } })
}

/** What was said last: what several messages said in a row comes as one. */
/** What was said last: neighbours of one role come as one, and what an earlier one asked for has been answered. */
function lastIn({ messages, stream }: ChatRequest): string {
  const content = messages.at(-1)?.content
  const parts = (Array.isArray(content) ? content : [content]) as (string | { text?: string })[]
  const texts = parts.map((part) => (typeof part === 'object' ? part.text : String(part)))
  const text = texts.findLast((one) => one !== undefined) ?? JSON.stringify(parts)
  return stream ? (text.split('\n\n').at(-1) ?? '') : text
}

async function background(key: string, isNaming: boolean, attempt: number): Promise<Response> {
  const usual = isNaming ? 'TITLE: A title\nTOPIC: a topic' : `Summary ${attempt} of ${key}`
  const all = scripts.get(key) ?? [[{ text: usual }, { finish: 'stop' }]]
  let content = ''
  let reason: string | null = null
  for (const step of all[Math.min(attempt, all.length) - 1] ?? []) {
    if ('status' in step) return new Response(step.body ?? '{}', { status: step.status })
    if ('raw' in step) return new Response(step.raw)
    if ('text' in step) content += step.text
    if ('finish' in step) reason = step.finish
    if ('gate' in step) await gate(step.gate).promise
    if ('wait' in step) await sleep(step.wait)
    if ('hang' in step) await new Promise(() => {})
  }
  const message = { role: 'assistant', content }
  return Response.json({
    id: 'c',
    object: 'chat.completion',
    model: 'test-model-2026',
    choices: [{ index: 0, message, finish_reason: reason }],
  })
}

function play(steps: Step[], record: Seen): ReadableStream<Uint8Array> {
  const encoder = new TextEncoder()
  const event = (data: object) => encoder.encode(`data: ${JSON.stringify(data)}\n\n`)
  const choice = (delta: object, reason: string | null = null) => ({
    id: 'c',
    object: 'chat.completion.chunk',
    created: 1,
    model: 'test-model-2026',
    choices: [{ index: 0, delta, finish_reason: reason }],
  })
  return new ReadableStream({
    async start(controller) {
      try {
        for (const step of steps) {
          if (record.isClosed) return
          if ('text' in step) controller.enqueue(event(choice({ content: step.text })))
          else if ('chunk' in step) controller.enqueue(event(step.chunk))
          else if ('raw' in step) controller.enqueue(encoder.encode(step.raw))
          else if ('wait' in step) await sleep(step.wait)
          else if ('gate' in step) await gate(step.gate).promise
          else if ('cut' in step) break
          else if ('break' in step) return controller.error(new Error('broken'))
          else if ('hang' in step) return
          else if ('finish' in step) {
            controller.enqueue(event(choice({}, step.finish)))
            const usage = { prompt_tokens: 1, completion_tokens: 1, total_tokens: step.tokens ?? 2 }
            controller.enqueue(event({ ...choice({}), choices: [], usage }))
            controller.enqueue(encoder.encode('data: [DONE]\n\n'))
          }
        }
        controller.close()
      } catch {
        // The Worker went away in the middle; `cancel` has noted it.
      }
    },
    cancel() {
      record.isClosed = true
    },
  })
}
