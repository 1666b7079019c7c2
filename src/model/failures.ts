import {
  APIConnectionError,
  APIConnectionTimeoutError,
  APIError,
  APIUserAbortError,
} from 'openai/core/error'

import type { FailureCause } from '../contract/failure.ts'
import { isObject } from '../contract/json.ts'
import { ModelError } from './model.ts'
import { textOf } from './wanted-back.ts'

/** Statuses that pass by themselves: 520 to 529 are those of proxies in front of an endpoint. */
export const isBusy = (status: number): boolean =>
  [408, 409, 425, 429].includes(status) ||
  (status >= 500 && status <= 504) ||
  (status >= 520 && status <= 529)

/** The longest that a provider is left alone, in seconds. */
const LONGEST_WAIT_S = 3_600

/** Whole seconds, of a number of them, of milliseconds, or of a date; null if the headers say nothing of use. */
export function retryAfterOf(headers: Headers | undefined, now = Date.now()): number | null {
  const ms = Number(headers?.get('retry-after-ms') ?? '')
  if (ms > 0) return inSeconds(ms)
  const value = headers?.get('retry-after') ?? ''
  const seconds = Number(value)
  if (seconds > 0) return inSeconds(seconds * 1_000)
  // A number that is no wait would be read as a year.
  const date = /[a-z]/i.test(value) ? Date.parse(value) : Number.NaN
  return date > now ? inSeconds(date - now) : null
}

const inSeconds = (ms: number): number => Math.min(Math.ceil(ms / 1_000), LONGEST_WAIT_S)

/** What an answer says of its failure in place of a status, in the middle of a stream. */
export function failedAnswer(error: unknown): ModelError {
  const { code, status, type, message } = isObject(error) ? error : {}
  const number = [status, code].map(Number).find((one) => one >= 400 && one < 600) ?? null
  // Only by words that a provider would not quote.
  const words = [type, code, number === null ? message : ''].map(textOf).join(' ')
  const isOverload = /overload|rate.?limit|too many requests|capacity|unavailable/i.test(words)
  const isOver = number === null ? isOverload : isBusy(number)
  return new ModelError(
    isOver ? 'overloaded' : 'failed',
    'The model broke its answer off with an error.',
    null,
    { cause: number === null ? 'answer' : causeOf(number), status: number, host: null },
  )
}

/** Any failure of a call, with the host that was called. */
export function toModelError(error: unknown, baseURL: string): ModelError {
  const { host } = new URL(baseURL)
  if (error instanceof ModelError) return error.at(host)
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
