import type { Context, ErrorHandler } from 'hono'
import { HTTPException } from 'hono/http-exception'
import { routePath } from 'hono/route'
import type { ContentfulStatusCode } from 'hono/utils/http-status'
import type * as z from 'zod'

import {
  type ProblemExtra,
  type ProblemType,
  type Refusal,
  catalogue,
  problemBody,
} from '../contract/problem.ts'
import { log, nameOf } from '../events.ts'
import { SettingError } from '../settings.ts'

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
    const errors = error.issues.map(({ path, message }) => ({
      pointer:
        target === 'json'
          ? pointerTo(path)
          : `${target === 'header' ? '' : '?'}${path.map(String).join('.')}`,
      detail: message,
    }))
    return new Problem('invalid-request', { errors })
  }
}

// RFC 6901: `~` and `/` within a key are escaped.
const pointerTo = (path: PropertyKey[]): string =>
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

const limits: ProblemType[] = [
  'body-too-large',
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
  const challenge = { 'www-authenticate': 'Bearer realm="hilo"' }
  return c.body(
    JSON.stringify(problemBody(type, extra)),
    catalogue[type][0] as ContentfulStatusCode,
    {
      'content-type': 'application/problem+json',
      ...((type === 'unauthenticated' || type === 'invalid-ticket') && challenge),
      ...(type === 'upgrade-required' && { upgrade: 'websocket' }),
      ...(type === 'invalid-token' && {
        'www-authenticate': 'Bearer realm="hilo", error="invalid_token"',
      }),
      ...(extra.retry_after !== undefined && { 'retry-after': String(extra.retry_after) }),
      ...headers,
    },
  )
}
