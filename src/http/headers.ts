import type { MiddlewareHandler } from 'hono'
import { cors } from 'hono/cors'

import type { HonoEnv } from './caller/caller.ts'
import { isAllowedOrigin } from './origins.ts'

// Written out, and set once the answer is there: middleware that touches it before copies it again and again.
const ofEveryAnswer = Object.entries({
  'cache-control': 'no-store',
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
  'origin-agent-cluster': '?1',
  'referrer-policy': 'no-referrer',
  'strict-transport-security': 'max-age=15552000; includeSubDomains',
  'x-content-type-options': 'nosniff',
  'x-dns-prefetch-control': 'off',
  'x-download-options': 'noopen',
  'x-frame-options': 'SAMEORIGIN',
  'x-permitted-cross-domain-policies': 'none',
  'x-xss-protection': '0',
})

const POLICY = "default-src 'none'; frame-ancestors 'none'"

const exposed = ['Location', 'Retry-After', 'WWW-Authenticate', 'X-Request-Id'].join(',')

/** What every answer tells a browser, and the origin that asked whether its pages may read it. */
export const answerHeaders: MiddlewareHandler<HonoEnv> = async (c, next) => {
  await next()
  const { headers } = c.res
  for (const [name, value] of ofEveryAnswer) headers.set(name, value)
  // The page of /docs brings a policy of its own.
  if (!headers.has('content-security-policy')) headers.set('content-security-policy', POLICY)
  const origin = c.req.header('origin')
  // The answer to a preflight has them already.
  if (origin === undefined || c.req.method === 'OPTIONS') return
  headers.append('vary', 'Origin')
  if (!isAllowedOrigin(c.env, origin)) return
  headers.set('access-control-allow-origin', origin)
  headers.set('access-control-allow-credentials', 'true')
  headers.set('access-control-expose-headers', exposed)
}

const answerPreflight = cors({
  origin: (origin, c) => (isAllowedOrigin(c.env, origin) ? origin : null),
  credentials: true,
  allowMethods: ['GET', 'POST', 'PATCH', 'DELETE'],
  allowHeaders: ['Authorization', 'Content-Type', 'Hilo-Acting-For', 'X-Request-Id'],
  maxAge: 7200,
})

/** Tells a browser what a page may ask, before it asks. */
export const preflight: MiddlewareHandler<HonoEnv> = (c, next) =>
  c.req.method === 'OPTIONS' ? answerPreflight(c, next) : next()
