import type { Context, ErrorHandler, MiddlewareHandler } from 'hono'
import { HTTPException } from 'hono/http-exception'
import { routePath } from 'hono/route'
import type { ContentfulStatusCode } from 'hono/utils/http-status'
import type * as z from 'zod'

import {
  type ProblemBody,
  type ProblemExtra,
  type ProblemType,
  type Refusal,
  catalogue,
  problemBody,
} from '../../contract/problem.ts'
import { log, nameOf } from '../../events.ts'
import { SettingError } from '../../settings.ts'

/** Thrown by the http layer only; everything below it returns refusals as values. */
export class Problem extends Error {
  override readonly name = 'Problem'
  readonly type: ProblemType
  readonly extra: ProblemExtra
  readonly headers: Record<string, string>

  constructor(type: ProblemType, extra: ProblemExtra = {}, headers: Record<string, string> = {}) {
    super(type)
    this.type = type
    this.extra = extra
    this.headers = headers
  }

  /** @param target where the value came from: a body's errors are JSON pointers, a query's `?name`, a header's its name. */
  static invalid(error: z.core.$ZodError, target: string): Problem {
    const errors =
      target === 'json'
        ? error.issues.map(({ path, message }) => ({ pointer: pointerTo(path), detail: message }))
        : error.issues.flatMap((issue) => parameterErrors(issue, target === 'header' ? '' : '?'))
    return new Problem('invalid-request', { errors })
  }
}

/** Something is out of reach for a moment. `detail` says what was done and what was kept. */
export const tryAgain = (detail: string, retryAfterS = 5): Problem =>
  new Problem('try-again', { detail, retry_after: retryAfterS })

function parameterErrors(issue: z.core.$ZodIssue, mark: string) {
  const { path, message } = issue
  if (issue.code === 'unrecognized_keys') {
    return issue.keys.map((key) => ({
      pointer: `${mark}${key}`,
      detail: 'There is no such parameter here',
    }))
  }
  // Everything comes as text, unless it comes more than once.
  const isRepeated = issue.code === 'invalid_type' && issue.expected === 'string'
  const pointer = `${mark}${path.map(String).join('.')}`
  return [{ pointer, detail: isRepeated ? 'Send it once' : message }]
}

// RFC 6901: `~` and `/` within a key are escaped.
export const pointerTo = (path: PropertyKey[]): string =>
  path.map((key) => `/${String(key).replaceAll('~', '~0').replaceAll('/', '~1')}`).join('')

/** What the object answered, or its refusal as a problem. */
export function granted<A extends { ok: true } | Refusal>(answer: A): Extract<A, { ok: true }> {
  if (answer.ok) return answer as Extract<A, { ok: true }>
  const { ok: _, why, ...extra } = answer as Refusal
  throw new Problem(why, extra)
}

export const onError: ErrorHandler = (error, c) => {
  if (error instanceof Problem) return respond(c, error)
  if (error instanceof SettingError) {
    return respond(c, new Problem('not-configured', { detail: error.message }))
  }
  if (error instanceof HTTPException && error.status < 500) {
    return respond(
      c,
      new Problem(error.status === 415 ? 'unsupported-media-type' : 'malformed-json'),
    )
  }
  log({
    event: 'request-failed',
    method: c.req.method,
    route: routePath(c, -1),
    error: nameOf(error),
    request_id: c.get('requestId'),
  })
  return respond(
    c,
    new Problem('internal-error', { detail: 'The log has it by its X-Request-Id.' }),
  )
}

/**
 * A problem as a protocol says it: JSON in the protocol's own shape, or text; with a status or headers of its own if it
 * wants them.
 */
export type EncodeProblem = (
  problem: ProblemBody,
  c: Context,
) => { body: object | string; status?: number; headers?: Record<string, string> }

/**
 * Everything that is refused beneath the path of a protocol is said in its words: by its routes, and by the frame around
 * them. It stands before all else that may refuse.
 */
export const problemsAs =
  (encode: EncodeProblem): MiddlewareHandler =>
  async (c, next) => {
    c.set('encodeProblem', encode)
    await next()
  }

const asProblem: EncodeProblem = (body) => ({ body })

const limits: ProblemType[] = [
  'body-too-large',
  'over-quota',
  'rate-limited',
  'too-many-conversations',
  'too-many-sockets',
  'too-many-streams',
]

export function respond(c: Context, { type, extra, headers }: Problem): Response {
  if (limits.includes(type)) {
    const caller = c.get('caller')?.owner?.kind ?? 'unknown'
    const route = routePath(c, -1)
    log({ event: 'limit-hit', limit: type, route, caller, request_id: c.get('requestId') })
  }
  const status = catalogue[type][0]
  const isWrite = c.req.method !== 'GET' && c.req.method !== 'HEAD'
  const told =
    type === 'invalid-request' && isWrite
      ? { detail: 'Nothing of this request was stored.', ...extra }
      : extra
  const encode: EncodeProblem | undefined = c.get('encodeProblem')
  const said = problemBody(type, told)
  const { body, ...encoded } = (encode ?? asProblem)(said, c)
  const isText = typeof body === 'string'
  const text = isText ? body : JSON.stringify(body)
  return c.body(text, (encoded.status ?? status) as ContentfulStatusCode, {
    'content-type': encode ? 'application/json' : 'application/problem+json',
    ...encoded.headers,
    // Words alone say nothing to a program.
    ...(isText && { 'content-type': 'text/plain; charset=utf-8', 'hilo-problem': said.type }),
    ...(status === 401 && { 'www-authenticate': challengeOf(type, extra.detail) }),
    ...(type === 'upgrade-required' && { upgrade: 'websocket' }),
    ...(extra.retry_after !== undefined && { 'retry-after': String(extra.retry_after) }),
    ...headers,
  })
}

/** RFC 6750: with no credential, only how to send one; with one that does not hold, why not. */
function challengeOf(type: ProblemType, detail: string | undefined): string {
  const realm = 'Bearer realm="hilo"'
  if (type !== 'invalid-token') return realm
  return `${realm}, error="invalid_token"${detail === undefined ? '' : `, error_description="${detail}"`}`
}
