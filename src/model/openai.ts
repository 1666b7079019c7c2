import OpenAI, {
  APIConnectionError,
  APIConnectionTimeoutError,
  APIError,
  APIUserAbortError,
} from 'openai'

import type { FailureCause } from '../contract/failure.ts'
import { type Model, ModelError } from './model.ts'
import { read } from './openai-answer.ts'
import { type OpenAISettings, bodyOf, senderOf } from './openai-request.ts'
import { type Prompt, namesIn, namingPrompt, summaryPrompt } from './prompts.ts'

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
        const from = await senderOf(request, settings)
        const body = bodyOf(request, settings, from)
        const stream = await client.chat.completions.create(body, { signal })
        return yield* read(stream, from)
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
