import type { Context, MiddlewareHandler } from 'hono'
import * as z from 'zod'

import { Text } from '../../contract/text.ts'
import type { HonoEnv } from '../caller/caller.ts'
import { isFault } from '../caller/proof.ts'
import { issueSession, verifySession } from '../caller/session.ts'
import { bodyOf, createRoute, json, routes, security } from '../frame/openapi.ts'
import { Problem } from '../frame/problem.ts'
import { limitSessions, limitWrites } from '../frame/rate-limits.ts'
import { handOver, userOf } from '../routes/sessions/link.ts'
import { isLinked } from '../routes/sessions/sessions.ts'
import { refusals, tags } from './openapi.ts'
import { ROOT } from './problems.ts'

/** The client of a back end names its user in a header of its own. */
export const actForUser: MiddlewareHandler<HonoEnv> = async (c, next) => {
  const user = c.req.header('aui-user-id')
  if (user !== undefined) c.set('actingFor', `user:${user}`)
  await next()
}

const Tokens = z
  .object({
    access_token: z.string(),
    refresh_token: z.object({ token: z.string(), expires_at: z.iso.datetime() }),
  })
  .meta({ id: 'AssistantUiTokens' })

const RefreshToken = z.object({ refresh_token: Text.min(1) })

const beginAnonymous = createRoute({
  operationId: 'assistantUiBeginAnonymous',
  tags,
  summary: 'A new anonymous session',
  method: 'post',
  path: `${ROOT}/v1/auth/tokens/anonymous`,
  middleware: [limitSessions] as const,
  responses: { 200: json(Tokens, 'Its token, twice'), ...refusals() },
})

const refreshAnonymous = createRoute({
  operationId: 'assistantUiRefresh',
  tags,
  summary: 'The same session with a new token',
  method: 'post',
  path: `${ROOT}/v1/auth/tokens/refresh`,
  middleware: [limitSessions] as const,
  request: bodyOf(RefreshToken, { refresh_token: 'eyJ…' }),
  responses: { 200: json(Tokens, 'Its token, twice'), ...refusals('session-linked') },
})

const createToken = createRoute({
  operationId: 'assistantUiCreateToken',
  tags,
  security,
  summary: 'Not served: users have tokens of the identity provider',
  method: 'post',
  path: `${ROOT}/v1/auth/tokens`,
  middleware: [limitWrites] as const,
  responses: refusals('not-served'),
})

const claimThreads = createRoute({
  operationId: 'assistantUiClaim',
  tags,
  security,
  summary: 'Login: the threads of an anonymous session become the user’s',
  method: 'post',
  // As a path of its own it would keep all routes from the router that takes the same time for each.
  path: `${ROOT}/v1/threads/{id}`,
  middleware: [limitWrites] as const,
  request: {
    params: z.object({ id: z.literal('claim') }),
    ...bodyOf(RefreshToken, { refresh_token: 'eyJ…' }),
  },
  responses: {
    200: json(z.object({ moved: z.int() }).meta({ id: 'AssistantUiMoved' }), 'How many'),
    ...refusals('session-taken', 'no-such-conversation'),
  },
})

export const authRoutes = routes()
  .openapi(beginAnonymous, async (c) => c.json(await tokensOf(c, crypto.randomUUID()), 200))
  .openapi(refreshAnonymous, async (c) => {
    const proof = await verifySession(c.env, c.req.valid('json').refresh_token)
    if (isFault(proof)) throw new Problem('invalid-token', { detail: proof.fault })
    // Its client begins anew then.
    if (await isLinked(c.env, proof.id)) throw new Problem('session-linked')
    return c.json(await tokensOf(c, proof.id), 200)
  })
  .openapi(createToken, () => {
    throw new Problem('not-served', {
      detail: 'Give your page a token of your identity provider, by `authToken`.',
    })
  })
  .openapi(claimThreads, async (c) => {
    const userId = userOf(c, {})
    const proof = await verifySession(c.env, c.req.valid('json').refresh_token)
    if (isFault(proof)) {
      const errors = [{ pointer: '/refresh_token', detail: proof.fault }]
      throw new Problem('invalid-request', { errors })
    }
    return c.json({ moved: await handOver(c, proof.id, userId, null) }, 200)
  })

/** One token is both: it is renewed by itself. */
async function tokensOf(c: Context<HonoEnv>, sessionId: string): Promise<z.infer<typeof Tokens>> {
  const { token, expiresAt } = await issueSession(c.env, sessionId, new Date())
  return {
    access_token: token,
    refresh_token: { token, expires_at: expiresAt.toISOString() },
  }
}
