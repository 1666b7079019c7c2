import type OpenAI from 'openai'

import { isDeeper } from '../contract/depth.ts'
import { isObject } from '../contract/json.ts'
import { JSON_DEPTH } from '../contract/limits.ts'
import { asking } from './compat.ts'
import { isCutBy } from './endings.ts'
import { failedAnswer, foreignAnswer, isFiltered, toModelError } from './failures.ts'
import { type Ending, type Model, ModelError, type Piece } from './model.ts'
import { namesIn } from './names.ts'
import { read } from './openai-answer.ts'
import { type OpenAISettings, backgroundBody, bodyOf, senderOf } from './openai-request.ts'
import { type Chunks, chunksOf } from './openai-stream.ts'
import { type Prompt, namingPrompt, summaryPrompt } from './prompts.ts'
import type { Quirk } from './quirks.ts'
import { Refused, failureIn } from './refused.ts'
import { summaryIn } from './summaries.ts'
import { withoutThoughts } from './thoughts.ts'

/** Any endpoint that speaks the chat-completions API. */
export function openaiModel(settings: OpenAISettings): Model {
  const { baseURL, compat } = settings
  return {
    name: settings.model,
    async *reply(request, signal) {
      try {
        const from = await senderOf(request, settings)
        const client = await clientOf(settings)
        const answer = yield* asking(
          from,
          compat,
          (quirks) => bodyOf(request, settings, from, quirks),
          (body) => {
            const isWhole = body.stream !== true
            const options = { signal, ...(isWhole && { timeout: WHOLE_MS }) }
            const answer = client.chat.completions.create(body, options).asResponse()
            return opened(isWhole ? waiting(answer) : answer)
          },
        )
        return yield* read(answer.chunks, from, answer.hangUp, endOf(answer, compat))
      } catch (error) {
        if (isFiltered(error)) return FILTERED
        throw toModelError(error, baseURL)
      }
    },
    summarise: async (job) => summaryIn(await complete(settings, summaryPrompt(job))),
    entitle: async (job) => namesIn(await complete(settings, namingPrompt(job))),
  }
}

/** Some endpoints refuse what they filter, others answer it with this reason and no words. */
const FILTERED: Ending = {
  finishReason: 'content_filter',
  toolCalls: null,
  model: null,
  tokensUsed: null,
}

/** The client is a fifth of the bundle: only who asks a model pays for loading it, and not for the others beside it. */
async function clientOf({ apiKey, baseURL, timeout }: OpenAISettings): Promise<OpenAI> {
  const { OpenAI: Client } = await import('openai/client')
  return new Client({
    apiKey,
    baseURL,
    timeout,
    // Only if no answer came at all: the client never repeats a stream that has begun.
    maxRetries: 1,
    fetch: readably,
    // What a provider says in its errors is nobody's to log.
    logLevel: 'off',
  })
}

/** A failure as the client reads one: it looks for `error` alone, and some endpoints say what is wrong elsewhere. */
const readably: typeof fetch = async (...request) => {
  const response = await fetch(...request)
  if (response.status < 400) return response
  const headers = new Headers(response.headers)
  // The client would sleep for as long as a busy provider asks it to, while a person waits: they are told instead.
  headers.set('x-should-retry', 'false')
  const said = (await response.text()).slice(0, LONGEST_REFUSAL)
  headers.delete('content-encoding')
  headers.delete('content-length')
  headers.set('content-type', 'application/json')
  const error = { message: JSON.stringify(readable(said)), said: readable(said) }
  return Response.json({ error }, { status: response.status, headers })
}

function readable(said: string): unknown {
  try {
    const value: unknown = JSON.parse(said)
    return isDeeper(value, JSON_DEPTH) ? said : value
  } catch {
    return said
  }
}

/** Whether an answer without a reason to have finished has come to its end. */
const endOf =
  ({ isDone }: Chunks, compat: Quirk[]) =>
  () =>
    compat.includes('no-finish-reason') && isDone()

/**
 * An answer of which the beginning has come: some endpoints refuse with a status that says that all is well, others once
 * they have shown that they are alive.
 */
async function* opened(
  response: Promise<Response> | AsyncGenerator<Piece, Response>,
): AsyncGenerator<Piece, Chunks> {
  const come = response instanceof Promise ? await response : yield* response
  const answer = chunksOf(come)
  const { chunks, hangUp } = answer
  for (;;) {
    const { done, value } = await chunks.next()
    if (done && come.headers.get('content-type')?.includes('text/html')) throw foreignAnswer()
    if (done) return answer
    if (isObject(value)) {
      const failure = failureIn(value)
      if (failure === null) return { ...answer, chunks: startingWith(value, chunks) }
      hangUp()
      throw new Refused(failedAnswer(failure), failure)
    }
    yield { text: '', reasoning: '' }
  }
}

/** Waits for what comes whole. The client bounds how long that is, so whoever listens is told that it is under way. */
async function* waiting<T>(answer: Promise<T>): AsyncGenerator<Piece, T> {
  for (;;) {
    const come = answer.then((value) => ({ value }))
    const first = await Promise.race([come, scheduler.wait(SIGN_OF_LIFE_MS)])
    if (first) return first.value
    yield { text: '', reasoning: '' }
  }
}

/** Less than anybody waits for a piece. */
const SIGN_OF_LIFE_MS = 1_000

async function* startingWith(first: unknown, others: AsyncGenerator): AsyncGenerator {
  yield first
  yield* others
}

/** Characters of a refusal that are read. */
const LONGEST_REFUSAL = 100_000

/** The first byte of an answer that comes whole takes as long as its last. */
const WHOLE_MS = 110_000

/** What a model answers in the background, without its thoughts. */
async function complete(settings: OpenAISettings, messages: Prompt): Promise<string> {
  const { summaryModel: model, baseURL, compat } = settings
  try {
    const client = await clientOf(settings)
    const from = await senderOf({ model }, { baseURL, model })
    const options = { maxRetries: 0, timeout: WHOLE_MS }
    const opening = asking(
      from,
      compat,
      (quirks) => backgroundBody(model, messages, quirks),
      // The object tries again by itself, later each time.
      (body) => opened(client.chat.completions.create(body, options).asResponse()),
    )
    for (;;) {
      const { done, value } = await opening.next()
      if (done) return await textIn(value, endOf(value, compat))
    }
  } catch (error) {
    throw toModelError(error, baseURL)
  }
}

/** The text of a whole answer. */
async function textIn({ chunks, hangUp }: Chunks, isDone: () => boolean): Promise<string> {
  const pieces = read(chunks, '', hangUp, isDone)
  let text = ''
  for (;;) {
    const { done, value } = await pieces.next()
    if (!done) {
      text += value.text
      continue
    }
    const { finishReason: reason, isRefusal } = value
    const said = withoutThoughts(text).trim()
    // Half a summary, or none, would take away what the one before it knew.
    if (reason !== null && !isCutBy(reason) && said !== '' && !isRefusal) return said
    throw new ModelError('failed', "The model's answer was empty or cut short.")
  }
}
