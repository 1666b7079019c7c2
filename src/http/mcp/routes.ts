import type { MiddlewareHandler } from 'hono'
import type { StatusCode } from 'hono/utils/http-status'
import * as z from 'zod'

import type { HonoEnv } from '../caller/caller.ts'
import { isAllowedOrigin } from '../frame/headers.ts'
import { bodyOf, createRoute, forBodies, forCallers, routes, security } from '../frame/openapi.ts'
import { Problem } from '../frame/problem.ts'
import { limitReads } from '../frame/rate-limits.ts'
import { ErrorBody, errors } from './problems.ts'

/**
 * A page that has made its own name point at this server (DNS rebinding) still says where it is from. So only pages that
 * are listed may ask, not even those of the name that is asked, and the name itself needs no check.
 */
const requireKnownOrigin: MiddlewareHandler<HonoEnv> = async (c, next) => {
  const origin = c.req.header('origin')
  if (origin !== undefined && !isAllowedOrigin(c.env, origin)) {
    throw new Problem('cross-origin', { detail: 'Add the origin to ALLOWED_ORIGINS.' })
  }
  await next()
}

// One at a time: an array of them would be counted as one.
const Rpc = z
  .looseObject({ jsonrpc: z.literal('2.0'), method: z.string().optional() })
  .meta({ id: 'McpMessage', description: 'A message of JSON-RPC 2.0' })

const inRpc = { content: { 'application/json': { schema: ErrorBody } } }

const post = createRoute({
  operationId: 'mcp',
  tags: ['MCP'],
  security,
  summary: 'The Model Context Protocol: my history for agents, to read',
  description:
    'Revision 2026-07-28, and without a session those of 2025. Tools: `search`, `fetch`, `list_conversations`, `read_conversation`.',
  method: 'post',
  path: '/mcp',
  middleware: [requireKnownOrigin, limitReads] as const,
  request: bodyOf(Rpc, { jsonrpc: '2.0', id: 1, method: 'tools/list' }),
  responses: {
    200: {
      description: 'What was asked for, or an error of the protocol',
      content: {
        'application/json': { schema: z.looseObject({ jsonrpc: z.literal('2.0') }) },
      },
    },
    202: { description: 'A notification arrived' },
    404: { description: 'There is no such method', ...inRpc },
    ...errors(...forCallers, ...forBodies, 'internal-error'),
  },
})

export const mcpRoutes = routes().openapi(post, async (c) => {
  // The package makes its schemas when it is loaded, which costs a start more than all else does.
  const { answer } = await import('./server.ts')
  const { body, status, headers } = await answer(c, await c.req.json())
  return c.newResponse(body, status as StatusCode, Object.fromEntries(headers)) as never
})
