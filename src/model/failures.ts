import {
  APIConnectionError,
  APIConnectionTimeoutError,
  APIError,
  APIUserAbortError,
} from 'openai/core/error'

import type { FailureCause } from '../contract/failure.ts'
import { isObject } from '../contract/json.ts'
import { ModelError } from './model.ts'
import { Refused, SENTENCES } from './refused.ts'
import { retryAfterOf, waitIn } from './waits.ts'
import { listOf, textOf } from './wanted-back.ts'

/** Statuses that pass by themselves: 520 to 529 are those of proxies in front of an endpoint. */
export const isBusy = (status: number): boolean =>
  [408, 409, 425, 429].includes(status) ||
  (status >= 500 && status <= 504) ||
  (status >= 520 && status <= 529)

/** Words of a kind or a code, which a provider would not quote from a prompt. */
const BUSY_KIND =
  /overload|rate.?limit|limit_(requests|burst)|too.?many|capacity|unavailable|throttl|exhausted|quota|(server|internal|api).?error|time.?d?.?out|busy/i
/** The same of a sentence. */
const BUSY_SENTENCE =
  /overload|rate.?limit|too many requests|\b[qrt]p[dms] |quota|capacity|unavailable|high demand|try again later|\bbusy\b|限流|频繁|繁忙|过载|并发|访问量|稍后/i

/** Says that what is said in the conversation is filtered: a kind or a code; and the same of a sentence. */
const FILTER_KIND =
  /content_?filter|ResponsibleAIPolicy|data_?inspection|content_?policy|safety_(check|violation)|moderation|^invalid_prompt$|^1301$/i
const FILTER_SENTENCE =
  /content management policy|content exists risk|considered high risk|inappropriate content|violat\w+ (\w+ ){0,3}(polic|guideline)|was flagged|requires moderation|敏感内容|不安全/i

/** Whether an endpoint has refused a request for what is said in it. */
export function isFiltered(error: unknown): boolean {
  const { status, told } =
    error instanceof APIError
      ? { status: error.status as number, told: (error.error as { said?: unknown } | null)?.said }
      : error instanceof Refused
        ? { status: error.failure.failure.status, told: error.told }
        : { status: null, told: null }
  if (!isObject(told) || (status !== null && ![400, 403, 422, 451].includes(status))) return false
  const outer = [told, told['error']].filter(isObject)
  const said = [...outer, ...outer.map(({ innererror }) => innererror).filter(isObject)]
  const kinds = said.flatMap((one) => ['code', 'type', 'status'].map((name) => textOf(one[name])))
  const sentences = said.flatMap((one) => SENTENCES.map((name) => textOf(one[name]).slice(0, 200)))
  return (
    kinds.some((kind) => FILTER_KIND.test(kind)) ||
    sentences.some((sentence) => FILTER_SENTENCE.test(sentence))
  )
}

/** What an answer says of its failure in place of a status, in the middle of a stream. */
export function failedAnswer(error: unknown): ModelError {
  const told: Record<string, unknown> = isObject(error) ? error : { message: error }
  const inner = [told['error'], listOf(told['errors'])[0]].find(isObject) ?? {}
  const fields: Record<string, unknown> = { ...told, ...inner }
  const number =
    ['status', 'code', 'status_code', 'statusCode', 'http_code', 'http_status']
      .map((name) => Number(fields[name]))
      .find((one) => one >= 400 && one < 600) ?? null
  const kind = ['type', 'code', 'status'].map((name) => textOf(fields[name])).join(' ')
  const sentence = SENTENCES.map((name) => textOf(fields[name])).join(' ')
  const isOverload = BUSY_KIND.test(kind) || BUSY_SENTENCE.test(sentence)
  const isOver = number === null ? isOverload : isBusy(number)
  return new ModelError(
    isOver ? 'overloaded' : 'failed',
    'The model broke its answer off with an error.',
    isOver ? waitIn(error) : null,
    { cause: number === null ? 'answer' : causeOf(number), status: number, host: null },
  )
}

/** What an endpoint answers that does not speak the protocol. */
export const foreignAnswer = (): ModelError =>
  new ModelError(
    'failed',
    "What the model's endpoint answered is no chat completion. MODEL_BASE_URL may name another endpoint.",
  )

/** Any failure of a call, with the host that was called. */
export function toModelError(error: unknown, baseURL: string): ModelError {
  const { host } = new URL(baseURL)
  if (error instanceof ModelError) return error.at(host)
  if (error instanceof Refused) return error.failure.at(host)
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
      retryAfterOf(error.headers) ?? waitIn(error.error),
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
