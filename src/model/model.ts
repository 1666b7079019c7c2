import type { Failure } from '../contract/failure.ts'
import type { JsonObject } from '../contract/json.ts'
import type { Role, ToolCall } from '../contract/message.ts'
import type { KnownPart } from '../contract/part.ts'
import type { ReplyOptions, Tool, ToolChoice } from '../contract/reply.ts'
import type { Source } from './sources.ts'

/** The parts that the chat-completions API takes. */
export type ModelPart =
  | Extract<KnownPart, { type: 'text' | 'file' }>
  | (Extract<KnownPart, { type: 'image_url' }> & {
      /** For models that take no pictures. */
      name?: string
    })

/** A message as the chat-completions API takes it. */
export type ModelMessage =
  | { role: 'system'; content: string }
  | { role: 'assistant'; content: string; tool_calls?: ToolCall[]; sent?: Sent }
  | { role: 'user'; content: string | ModelPart[] }
  | { role: 'tool'; content: string; tool_call_id: string }

/** What an endpoint sent with tool calls that it may want back with them. */
export interface Sent {
  /** Names endpoint and model; no other gets it. */
  from: string
  /** The field that the reasoning came in, `content` if in marks; the reasoning itself is a part of the message. */
  reasoning_field?: 'reasoning' | 'reasoning_content' | 'content'
  reasoning?: string
  /** Fields of the message, by name. */
  fields?: JsonObject
}

/** Some of a reply, as it comes; empty as a sign of life. */
export interface Piece {
  text: string
  /** What the model thinks before it speaks. */
  reasoning: string
  /** Whether the model has refused to answer: its text says so. */
  isRefusal?: boolean
  /** The pages that the reply comes from so far, if there are more of them than before. */
  sources?: Source[]
  /** The addresses of the pictures that came with it so far, likewise. */
  pictures?: string[]
}

export interface ReplyRequest {
  messages: ModelMessage[]
  /** BCP 47. */
  language: string
  model?: string | undefined
  tools?: Tool[] | undefined
  tool_choice?: ToolChoice | undefined
  options?: ReplyOptions | undefined
}

/** How many tokens a reply took: what was sent, what of that the provider had at hand, what came, and what of that were thoughts. */
export type Usage = { sent: number; cached: number; received: number; thought: number }

/** How a reply ended. */
export interface Ending {
  /** Null if the model never said why it finished: then the reply is not complete, whatever came. */
  finishReason: string | null
  toolCalls: ToolCall[] | null
  model: string | null
  /** Tokens of prompt and completion, as the provider counted them. */
  tokensUsed: number | null
  /** The same, told apart. */
  usage?: Usage
  /** Whether it finished in the middle of a tool call: then nothing of the call counts, and the reply is not complete. */
  isCut?: boolean
  /** Whether the text says that the model refuses. */
  isRefusal?: boolean
  /** With tool calls: what the endpoint wants back. The reasoning is left out. */
  sent?: Sent | null
}

/** Why a model gave no reply. No message of the provider's: those quote the prompt. */
export class ModelError extends Error {
  override readonly name = 'ModelError'
  readonly kind: 'failed' | 'overloaded' | 'timeout'
  readonly detail: string
  /** Seconds that the provider asks to be left alone, if it says so. */
  readonly retryAfter: number | null
  readonly failure: Failure

  constructor(
    kind: ModelError['kind'],
    detail: string,
    retryAfter: number | null = null,
    failure: Failure = { cause: 'answer', status: null, host: null },
  ) {
    super(detail)
    this.failure = failure
    this.kind = kind
    this.detail = detail
    this.retryAfter = retryAfter
  }

  /** The same, of a host's. */
  at(host: string): ModelError {
    const { kind, detail, retryAfter, failure } = this
    return new ModelError(kind, detail, retryAfter, { ...failure, host })
  }
}

/** What somebody said, as plain text. */
export interface Excerpt {
  role: Role
  text: string
}

/** Messages to be added to the summary of what came before it. */
export interface SummaryJob {
  previous: string | null
  excerpts: Excerpt[]
  /** BCP 47. */
  language: string
  /** The longest summary, in UTF-16 units. */
  maxLength: number
}

export interface NamingJob {
  excerpts: Excerpt[]
  /** BCP 47. */
  language: string
}

export interface Names {
  title: string
  topic: string
}

export interface Model {
  /** The model that answers if a request names none. */
  readonly name: string
  /** Yields the reply as it comes. Throws `ModelError`. Aborting `signal` closes the connection upstream. */
  reply(request: ReplyRequest, signal: AbortSignal): AsyncGenerator<Piece, Ending>
  /** A summary of all there is so far. Throws `ModelError`, also if it is empty, was cut, or is nothing but thoughts. */
  summarise(job: SummaryJob): Promise<string>
  /** A title, and a topic if the model names one. Throws `ModelError`, also if there is no title in its answer. */
  entitle(job: NamingJob): Promise<Names>
}
