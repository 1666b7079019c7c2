import type { Context } from 'hono'
import { deleteCookie, setCookie } from 'hono/cookie'
import * as z from 'zod'

import type { Caller } from '../../../contract/caller.ts'
import { log } from '../../../events.ts'
import { openDatabase } from '../../../storage/database.ts'
import { linkOf } from '../../../storage/session-links.ts'
import {
  type HonoEnv,
  SESSION_COOKIE,
  bearerOf,
  refuseForgery,
  sessionOfCookie,
} from '../../caller/caller.ts'
import { type SessionToken, issueSession } from '../../caller/session.ts'
import { createRoute, json, problems, routes } from '../../frame/openapi.ts'
import { patiently } from '../../frame/patience.ts'
import { limitSessions } from '../../frame/rate-limits.ts'

export const Session = z
  .object({ session_id: z.uuid(), token: z.string(), expires_at: z.iso.datetime() })
  .meta({ id: 'Session' })

const createSession = createRoute({
  operationId: 'createSession',
  tags: ['Sessions'],
  summary: 'A new anonymous session, or the one that the token or cookie proves, renewed',
  method: 'post',
  path: '/api/sessions',
  middleware: [limitSessions] as const,
  responses: {
    200: json(Session, 'The same session with a new token'),
    201: json(Session, 'A new session, its token also as a cookie'),
    ...problems('invalid-token', 'cross-origin', 'rate-limited', 'not-configured'),
  },
})

const endSession = createRoute({
  operationId: 'endSession',
  tags: ['Sessions'],
  summary: 'Clears the cookie',
  method: 'delete',
  path: '/api/sessions',
  responses: { 204: { description: 'Cleared' }, ...problems('cross-origin') },
})

export const sessionRoutes = routes()
  .openapi(createSession, async (c) => {
    const caller = await bearerOf(c)
    if (caller) c.set('caller', caller)
    const standing = caller ? sessionOf(caller) : ((await sessionOfCookie(c))?.id ?? null)
    // With no cookie either: a page elsewhere must not put another session in its place.
    if (caller === null) refuseForgery(c)
    const isRenewed = standing !== null && !(await isLinked(c.env, standing))
    return isRenewed ? c.json(await sessionFor(c, standing), 200) : c.json(await newSession(c), 201)
  })
  .openapi(endSession, (c) => {
    refuseForgery(c)
    deleteCookie(c, SESSION_COOKIE, { prefix: 'host', path: '/', secure: true })
    log({ event: 'session-ended', request_id: c.get('requestId') })
    return c.body(null, 204)
  })

// A back end acts for a session as long as it may; the session's token, which lives longer, is not for it.
const sessionOf = ({ owner, service }: Caller): string | null =>
  owner?.kind === 'session' && service === null ? owner.id : null

/** A session for somebody who comes anew. */
export const newSession = (c: Context<HonoEnv>) => sessionFor(c, null)

async function sessionFor(
  c: Context<HonoEnv>,
  standing: string | null,
): Promise<z.infer<typeof Session>> {
  const sessionId = standing ?? crypto.randomUUID()
  const issued = await issueSession(c.env, sessionId, new Date())
  setSessionCookie(c, issued)
  const event = standing === null ? 'session-started' : 'session-renewed'
  log({ event, request_id: c.get('requestId') })
  return {
    session_id: sessionId,
    token: issued.token,
    expires_at: issued.expiresAt.toISOString(),
  }
}

/** Whether a session was handed to a user. With D1 out of reach it counts as not: its objects know better. */
export async function isLinked(env: Pick<Env, 'DB'>, sessionId: string): Promise<boolean> {
  return (await patiently(linkOf(openDatabase(env.DB), sessionId), null)) !== null
}

function setSessionCookie(c: Context<HonoEnv>, { token, maxAgeSeconds }: SessionToken): void {
  setCookie(c, SESSION_COOKIE, token, {
    prefix: 'host',
    path: '/',
    httpOnly: true,
    secure: true,
    sameSite: 'Lax',
    maxAge: maxAgeSeconds,
  })
}
