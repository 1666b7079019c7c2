import type { JsonObject } from '../../contract/json.ts'
import type { Message } from '../../contract/message.ts'
import { problemBody } from '../../contract/problem.ts'
import { type ReplyEnd, type ReplyEvent, encoded } from '../../contract/reply-events.ts'
import { streamClosings } from '../../contract/reply.ts'
import { uiPartOf } from './parts.ts'
import { inWords } from './refused.ts'
import { replayed } from './replayed.ts'
import { approvalOf, jsonIn, metadataOf, uiIdOf } from './to-ui.ts'

/** One event of the AI SDK's UI message stream; none but what its versions 5, 6 and 7 all know. */
export type Chunk = { type: string } & JsonObject

/** What a reply is told into. */
export interface Into {
  /** The turn that it goes on with; empty if it begins one. */
  turn: Message[]
  /** Whether what the turn said before is told again: to a client that resumes. */
  isReplay: boolean
  /** The calls of the turn that a person did not allow: only a client that asks people knows of them. */
  denied: string[]
  /** The tools that a person has to allow first. */
  askFirst: string[]
}

export const headers = {
  'content-type': 'text/event-stream',
  'x-vercel-ai-ui-message-stream': 'v1',
  // Proxies that buffer would hold back what is there.
  'x-accel-buffering': 'no',
}

const DONE = 'data: [DONE]\n\n'
// A comment: it shows that the connection is alive, and no client sees it.
const COMMENT = ':\n\n'

const lineOf = (chunk: Chunk): string => `data: ${JSON.stringify(chunk)}\n\n`

/** A reply's events as a UI message stream. */
export function uiMessageStream(
  events: ReadableStream<Uint8Array>,
  into: Into,
): ReadableStream<Uint8Array> {
  const telling = new Telling(into)
  return encoded(events, (event) => {
    const chunks = telling.chunksOf(event)
    const isLast = event.type === 'ended' || event.type === 'closed'
    if (chunks.length === 0 && !isLast) return COMMENT
    return chunks.map(lineOf).join('') + (isLast ? DONE : '')
  })
}

/** One reply as it is told. A message begins only when there is something of it: one that fails leaves none behind. */
class Telling {
  readonly #into: Into
  #isBegun = false
  /** The part that is being told. */
  #open: 'text' | 'reasoning' | null = null
  #parts = 0

  constructor(into: Into) {
    this.#into = into
  }

  chunksOf(event: ReplyEvent): Chunk[] {
    switch (event.type) {
      case 'accepted':
      case 'alive':
        return []
      case 'text':
      case 'reasoning':
        return [...this.#begin(event), ...this.#say(event.type, event.content)]
      case 'tool-calls':
        return [...this.#begin(event), ...this.#close(), ...this.#calls(event)]
      case 'ended':
        return this.#end(event, event.end)
      case 'closed':
        return [...this.#close(), { type: 'error', errorText: streamClosings[event.reason] }]
    }
  }

  #begin({ reply_id: replyId }: ReplyEvent): Chunk[] {
    if (this.#isBegun) return []
    this.#isBegun = true
    const { turn, isReplay, denied } = this.#into
    const [first] = turn
    const before = isReplay && first ? replayed(turn) : []
    return [
      { type: 'start', messageId: first ? uiIdOf(first) : replyId },
      ...before,
      ...(isReplay ? [] : denied.map((toolCallId) => ({ type: 'tool-output-denied', toolCallId }))),
      { type: 'start-step' },
    ]
  }

  #say(type: 'text' | 'reasoning', delta: string): Chunk[] {
    const isNew = this.#open !== type
    const ended = isNew ? this.#close() : []
    if (isNew) this.#parts += 1
    this.#open = type
    const id = `${type}-${this.#parts}`
    return [
      ...ended,
      ...(isNew ? [{ type: `${type}-start`, id }] : []),
      { type: `${type}-delta`, id, delta },
    ]
  }

  #close(): Chunk[] {
    const type = this.#open
    this.#open = null
    return type === null ? [] : [{ type: `${type}-end`, id: `${type}-${this.#parts}` }]
  }

  #calls({ tool_calls: calls, reply_id: replyId }: ReplyEvent & { type: 'tool-calls' }): Chunk[] {
    return calls.flatMap((call): Chunk[] => {
      const input = {
        type: 'tool-input-available',
        toolCallId: call.id,
        toolName: call.function.name,
        input: jsonIn(call.function.arguments),
      }
      const approvalId = approvalOf(replyId, call, this.#into.askFirst)
      if (approvalId === null) return [input]
      return [input, { type: 'tool-approval-request', toolCallId: call.id, approvalId }]
    })
  }

  #end(event: ReplyEvent, end: ReplyEnd): Chunk[] {
    if (end.kind === 'failed') {
      return [...this.#close(), error(inWords(problemBody(end.why, end.extra)))]
    }
    const { message } = end
    if (message === null) return [{ type: 'abort' }]
    const told = [...this.#begin(event), ...this.#close(), ...besideText(message)]
    const begun = [...told, { type: 'finish-step' }]
    const messageMetadata = metadataOf([...this.#into.turn, message]) ?? {}
    if (end.kind === 'completed') {
      const finishReason = finishReasons[message.finish_reason ?? ''] ?? 'other'
      return [...begun, { type: 'finish', finishReason, messageMetadata }]
    }
    const isWanted = end.reason === 'stopped' || end.reason === 'ended-before'
    const why = isWanted
      ? { type: 'abort' }
      : error('The answer was cut short. What came of it is kept; ask again for another.')
    return [...begun, { type: 'message-metadata', messageMetadata }, why]
  }
}

/** What a reply has beside what it says, thinks and calls. */
const besideText = ({ parts }: Message): Chunk[] =>
  (parts ?? [])
    .map(uiPartOf)
    .filter(({ type }) => type === 'source-url' || type === 'file') as Chunk[]

const error = (errorText: string): Chunk => ({ type: 'error', errorText })

const finishReasons: Record<string, string> = {
  stop: 'stop',
  length: 'length',
  tool_calls: 'tool-calls',
  content_filter: 'content-filter',
}
