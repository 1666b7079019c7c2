import type { MiddlewareHandler } from 'hono'
import { cors } from 'hono/cors'

import { list } from '../../settings.ts'
import { isJson } from './body.ts'

/**
 * Whether pages of an origin may call from a browser: ALLOWED_ORIGINS, if `:*` stands for any port. Loopback is
 * loopback: if pages of localhost may call, those of 127.0.0.1 and [::1] may too.
 */
export function isAllowedOrigin(env: Pick<Env, 'ALLOWED_ORIGINS'>, origin: string): boolean {
  const local = origin.replace(/^(https?:\/\/)(127\.0\.0\.1|\[::1\])(?=:|$)/, '$1localhost')
  return list(env, 'ALLOWED_ORIGINS').some((allowed) =>
    allowed.endsWith(':*')
      ? local.replace(/:\d+$/, '') === allowed.slice(0, -2)
      : [origin, local].includes(allowed.replace(/\/$/, '')),
  )
}

/** Of files whose name changes with what they hold. */
export const IMMUTABLE = 'public, max-age=31536000, immutable'

/** What every answer says to browsers: as Hono's own middleware does, which asks of each first whether it is there. */
const safe = Object.entries({
  'referrer-policy': 'no-referrer',
  'strict-transport-security': 'max-age=15552000; includeSubDomains',
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'SAMEORIGIN',
})

/** What only says something of a page or a file: not of JSON and events, and each header takes its time. */
const safeToOpen = Object.entries({
  'cross-origin-opener-policy': 'same-origin',
  'origin-agent-cluster': '?1',
  'x-dns-prefetch-control': 'off',
  'x-download-options': 'noopen',
  'x-permitted-cross-domain-policies': 'none',
  'x-xss-protection': '0',
})

const RESOURCES = 'cross-origin-resource-policy'

/** Of what a browser may keep, and asks for again each time: the bytes of a file. */
export const REVALIDATED = 'private, no-cache'

const POLICY = 'content-security-policy'

export const safeHeaders: MiddlewareHandler = async (c, next) => {
  await next()
  const { headers } = c.res
  const type = headers.get('content-type')
  for (const [name, value] of safe) headers.set(name, value)
  const isStream = type === 'text/event-stream'
  if (type !== null && !isStream && !isJson(type)) {
    for (const [name, value] of safeToOpen) headers.set(name, value)
  }
  // Pages of other origins show files.
  if (!headers.has(RESOURCES)) headers.set(RESOURCES, 'same-origin')
  // Pages bring a policy of their own.
  if (!headers.has(POLICY)) headers.set(POLICY, "default-src 'none'; frame-ancestors 'none'")
  const cached = headers.get('cache-control')
  if (cached === IMMUTABLE || cached === REVALIDATED) return
  // Proxies that compress would hold events back.
  headers.set('cache-control', isStream ? 'no-store, no-transform' : 'no-store')
}

const crossOrigin = cors({
  origin: (origin, c) => (isAllowedOrigin(c.env, origin) ? origin : null),
  credentials: true,
  allowMethods: ['GET', 'POST', 'PUT', 'PATCH', 'DELETE'],
  // All headers that a page asks for: each client package sends some of its own. What guards is the origin.
  allowHeaders: [],
  exposeHeaders: [
    'Accept-Ranges',
    'Content-Disposition',
    'Content-Range',
    'ETag',
    'Hilo-Problem',
    'Link',
    'Location',
    'Retry-After',
    'WWW-Authenticate',
    'X-Request-Id',
    'X-Should-Retry',
  ],
  maxAge: 7200,
})

/** Only a page in a browser sends an origin, and only it has to be told that it may read the answer. */
export const forPages: MiddlewareHandler = (c, next) =>
  c.req.header('origin') === undefined ? next() : crossOrigin(c, next)
