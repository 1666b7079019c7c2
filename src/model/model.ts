import type { Failure } from '../contract/failure.ts'
import type { Part, Role, ToolCall } from '../contract/message.ts'
import type { Tool, ToolChoice } from '../contract/reply.ts'

/** A message as the chat-completions API takes it. */
export type ModelMessage =
  | { role: 'system' | 'assistant'; content: string | Part[]; tool_calls?: ToolCall[] }
  | { role: 'user'; content: string | Part[] }
  | { role: 'tool'; content: string; tool_call_id: string }

export interface ReplyRequest {
  messages: ModelMessage[]
  /** BCP 47. */
  language: string
  model?: string | undefined
  tools?: Tool[] | undefined
  tool_choice?: ToolChoice | undefined
}

/** How a reply ended. */
export interface Ending {
  /** Null if the model never said why it finished: then the reply is not complete, whatever came. */
  finishReason: string | null
  toolCalls: ToolCall[] | null
  model: string | null
  /** Tokens of prompt and completion, as the provider counted them. */
  tokensUsed: number | null
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
}

/** What somebody said, as plain text. */
export interface Excerpt {
  role: Role
  text: string
}

/** A stretch of a conversation to be added to the summary of what came before it. */
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
  /**
   * Yields the reply's text as it comes; an empty piece is a sign of life. Throws `ModelError`. Aborting
   * `signal` closes the connection upstream.
   */
  reply(request: ReplyRequest, signal: AbortSignal): AsyncGenerator<string, Ending>
  /** A summary of all there is so far. Throws `ModelError`, also if it is empty or was cut. */
  summarise(job: SummaryJob): Promise<string>
  /** A title and a topic. Throws `ModelError`, also if the model names neither. */
  entitle(job: NamingJob): Promise<Names>
}
