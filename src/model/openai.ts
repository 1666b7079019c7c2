import OpenAI, {
  APIConnectionError,
  APIConnectionTimeoutError,
  APIError,
  APIUserAbortError,
} from 'openai'

import { isDeeper } from '../contract/depth.ts'
import type { FailureCause } from '../contract/failure.ts'
import { JSON_DEPTH } from '../contract/limits.ts'
import type { ToolCall } from '../contract/message.ts'
import { type Ending, type Model, ModelError, type ReplyRequest } from './model.ts'
import { type Prompt, namesIn, namingPrompt, summaryPrompt } from './prompts.ts'

type Body = OpenAI.ChatCompletionCreateParamsStreaming
type ToolCallDelta = OpenAI.ChatCompletionChunk.Choice.Delta.ToolCall

export interface OpenAISettings {
  apiKey: string
  baseURL: string
  model: string
  /** Writes summaries, titles and topics. */
  summaryModel: string
  maxOutputTokens: number | undefined
  /** ms until the provider starts to answer. */
  timeout: number
}

/** Any endpoint that speaks the chat-completions API. */
export function openaiModel(settings: OpenAISettings): Model {
  const client = new OpenAI({
    apiKey: settings.apiKey,
    baseURL: settings.baseURL,
    timeout: settings.timeout,
    // Only before the first byte: the client never repeats a stream that has begun.
    maxRetries: 1,
    fetch: withoutWaiting,
    // What a provider says in its errors is nobody's to log.
    logLevel: 'off',
  })
  return {
    name: settings.model,
    async *reply(request, signal) {
      try {
        const stream = await client.chat.completions.create(bodyOf(request, settings), { signal })
        return yield* read(stream)
      } catch (error) {
        throw toModelError(error, settings)
      }
    },
    summarise: async (job) => complete(client, settings, summaryPrompt(job)),
    entitle: async (job) => namesIn(await complete(client, settings, namingPrompt(job))),
  }
}

const isBusy = (status: number): boolean => status === 429 || status === 503

// The client would sleep for as long as a busy provider asks it to, while a person waits: they are told instead.
const withoutWaiting: typeof fetch = async (...request) => {
  const response = await fetch(...request)
  if (!isBusy(response.status)) return response
  const headers = new Headers(response.headers)
  headers.set('x-should-retry', 'false')
  return new Response(response.body, { status: response.status, headers })
}

/** Seconds; null if the header says nothing of use. */
function retryAfterOf(headers: Headers | undefined): number | null {
  const seconds = Number(headers?.get('retry-after') ?? '')
  return Number.isInteger(seconds) && seconds >= 1 && seconds <= 3_600 ? seconds : null
}

/** Room for a short text, and for what a model that reasons spends before it. */
const BACKGROUND_TOKENS = 2_000

async function complete(client: OpenAI, settings: OpenAISettings, prompt: Prompt): Promise<string> {
  try {
    const answer = await client.chat.completions.create(
      { model: settings.summaryModel, messages: prompt, max_completion_tokens: BACKGROUND_TOKENS },
      // The object tries again by itself, later each time.
      { maxRetries: 0 },
    )
    const choice = answer.choices?.[0]
    const text = choice?.message?.content?.trim() ?? ''
    // Half a summary would take away what the one before it knew.
    if (choice?.finish_reason === 'stop' && text !== '') return text
  } catch (error) {
    throw toModelError(error, settings)
  }
  throw new ModelError('failed', "The model's answer was empty or cut short.")
}

function bodyOf(request: ReplyRequest, settings: OpenAISettings): Body {
  return {
    model: request.model ?? settings.model,
    // The shapes are the API's own; only its types tell apart which role may hold which part.
    messages: request.messages as OpenAI.ChatCompletionMessageParam[],
    stream: true,
    stream_options: { include_usage: true },
    ...(request.tools && { tools: request.tools as OpenAI.ChatCompletionTool[] }),
    ...(request.tool_choice && { tool_choice: request.tool_choice }),
    ...(settings.maxOutputTokens && { max_completion_tokens: settings.maxOutputTokens }),
  }
}

async function* read(
  stream: AsyncIterable<OpenAI.ChatCompletionChunk>,
): AsyncGenerator<string, Ending> {
  const ending: Ending = { finishReason: null, toolCalls: null, model: null, tokensUsed: null }
  const calls = new Map<number, ToolCall>()
  try {
    for await (const chunk of stream) {
      ending.model = textOf(chunk.model) || ending.model
      ending.tokensUsed = countOf(chunk.usage?.total_tokens) ?? ending.tokensUsed
      const choice = chunk.choices?.[0]
      if (choice === undefined) continue
      for (const delta of choice.delta?.tool_calls ?? []) merge(calls, delta)
      ending.finishReason = textOf(choice.finish_reason) || ending.finishReason
      yield textOf(choice.delta?.content) || textOf(choice.delta?.refusal)
    }
  } catch (error) {
    // Once it has said why it finished, all that can be missing is how many tokens it took.
    if (ending.finishReason === null) throw error
  }
  // Calls of a reply that was cut may be half a call: they count only with a reason to have finished.
  if (ending.finishReason !== null && calls.size > 0) ending.toolCalls = named([...calls.values()])
  return ending
}

// What another endpoint sends may be of any type and depth: text made of a nested list would end with the stack.
const textOf = (value: unknown): string => (typeof value === 'string' ? value : '')
const countOf = (value: unknown): number | null =>
  Number.isSafeInteger(value) ? (value as number) : null

/** The arguments of a call, or a piece of them; some endpoints send them as JSON, not as text of it. */
function argumentsOf(value: unknown): string {
  if (typeof value !== 'object' || value === null) return textOf(value)
  if (!isDeeper(value, JSON_DEPTH)) return JSON.stringify(value)
  throw new ModelError('failed', `The model nested a tool call deeper than ${JSON_DEPTH} levels.`)
}

// Some providers give all calls of a reply the same id: then no result could tell which it answers.
function named(calls: ToolCall[]): ToolCall[] {
  const isFirst = (call: ToolCall, index: number) =>
    calls.findIndex(({ id }) => id === call.id) === index
  return calls.map((call, index) =>
    isFirst(call, index) ? call : { ...call, id: `call_${crypto.randomUUID()}` },
  )
}

function merge(calls: Map<number, ToolCall>, delta: ToolCallDelta): void {
  const known = calls.get(delta.index)
  calls.set(delta.index, {
    id: known?.id || textOf(delta.id) || `call_${crypto.randomUUID()}`,
    type: 'function',
    function: {
      name: (known?.function.name ?? '') + textOf(delta.function?.name),
      arguments: (known?.function.arguments ?? '') + argumentsOf(delta.function?.arguments),
    },
  })
}

function toModelError(error: unknown, { baseURL }: OpenAISettings): ModelError {
  if (error instanceof ModelError) return error
  const { host } = new URL(baseURL)
  const failure = (cause: FailureCause, status: number | null = null) => ({ cause, status, host })
  if (error instanceof APIConnectionTimeoutError) {
    const detail = "The model's endpoint did not answer in time."
    return new ModelError('timeout', detail, null, failure('timeout'))
  }
  if (error instanceof APIUserAbortError) return new ModelError('failed', 'The call was ended.')
  if (error instanceof APIConnectionError) {
    const detail = "The model's endpoint could not be reached."
    return new ModelError('failed', detail, null, failure('unreachable'))
  }
  if (error instanceof APIError && typeof error.status === 'number') {
    const { status } = error
    return new ModelError(
      isBusy(status) ? 'overloaded' : 'failed',
      `The model's endpoint answered ${status}.`,
      retryAfterOf(error.headers),
      failure(causeOf(status), status),
    )
  }
  return new ModelError('failed', "The model's endpoint failed.", null, failure('answer'))
}

function causeOf(status: number): FailureCause {
  if (status === 401 || status === 403) return 'auth'
  if (status === 404) return 'not-found'
  if (status === 429) return 'rate-limit'
  if (status === 408) return 'timeout'
  return status >= 500 ? 'server' : 'bad-request'
}
