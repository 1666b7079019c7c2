import type { Context } from 'hono'
import * as z from 'zod'

import { tellClaims } from '../../../claims.ts'
import { ConversationId } from '../../../contract/conversation.ts'
import { OWNER_LENGTH } from '../../../contract/limits.ts'
import { Text } from '../../../contract/text.ts'
import { log, nameOf } from '../../../events.ts'
import { unlessOlder } from '../../../objects.ts'
import { openDatabase } from '../../../storage/database.ts'
import { finishLink, linkSession } from '../../../storage/session-links.ts'
import type { SessionLinkRow } from '../../../storage/tables.ts'
import { type HonoEnv, bearerOf, refuseForgery, sessionOfCookie } from '../../caller/caller.ts'
import { isFault } from '../../caller/proof.ts'
import { verifySession } from '../../caller/session.ts'
import { askIndex } from '../../frame/ask.ts'
import { bodyOf, createRoute, forBodies, json, problems, routes } from '../../frame/openapi.ts'
import { Problem, tryAgain } from '../../frame/problem.ts'
import { limitWrites } from '../../frame/rate-limits.ts'
import { Session, newSession } from './sessions.ts'

const LinkRequest = z
  .strictObject({
    session_token: Text.min(1).optional(),
    session_id: Text.min(1).max(OWNER_LENGTH).optional().meta({
      description: 'Without its token: for services with the scope link-unproven',
    }),
    user_id: Text.min(1).max(OWNER_LENGTH).optional().meta({ description: 'For services' }),
    conversation_ids: z.array(ConversationId).min(1).max(100).optional().meta({
      description: 'Only these of the session’s conversations; all of them otherwise',
    }),
  })
  .meta({ id: 'LinkRequest' })
type LinkRequest = z.infer<typeof LinkRequest>

const Linked = z
  .object({
    linked: z.int().meta({ description: 'How many conversations this call handed over' }),
    session: Session.meta({ description: 'A fresh one, for the next visitor' }),
  })
  .meta({ id: 'Linked' })

const linkSessionRoute = createRoute({
  operationId: 'linkSession',
  tags: ['Sessions'],
  security: [{ bearer: [] }],
  summary: 'Login: the session’s conversations become the user’s',
  method: 'post',
  path: '/api/sessions/link',
  request: bodyOf(LinkRequest, { session_token: 'eyJ…' }),
  responses: {
    200: json(Linked, 'Handed over. Calling again finishes what was cut, and changes nothing else'),
    ...problems(
      ...forBodies,
      'unauthenticated',
      'invalid-token',
      'not-permitted',
      'session-taken',
      'invalid-request',
      'not-configured',
      'try-again',
    ),
  },
})

export const linkRoutes = routes().openapi(linkSessionRoute, async (c) => {
  const caller = await bearerOf(c)
  if (caller === null)
    throw new Problem('unauthenticated', {
      detail:
        'Send `Authorization: Bearer <token>`: the token of the user, or of a service with the scope link.',
    })
  c.set('caller', caller)
  await limitWrites(c, async () => {})
  const body = c.req.valid('json')
  const userId = userOf(c, body)
  const sessionId = await sessionOf(c, body)
  const linked = await handOver(c, sessionId, userId, body.conversation_ids ?? null)
  return c.json({ linked, session: await newSession(c) }, 200)
})

/** Makes a session's conversations a user's, for good. How many this call handed over. */
export async function handOver(
  c: Context<HonoEnv>,
  sessionId: string,
  userId: string,
  narrowedTo: string[] | null,
): Promise<number> {
  const db = openDatabase(c.env.DB)
  const linking = linkSession(db, sessionId, userId, narrowedTo, Date.now())
  const link = await linking.catch((error: unknown) => {
    logFailure(c, 0, nameOf(error))
    throw tryAgain('The session could not be linked.')
  })
  if (link.userId !== userId) {
    throw new Problem('session-taken', {
      detail: 'The first user a session is linked to keeps it.',
    })
  }
  const linked = await claimAll(c, link)
  await forgetFinds(c, sessionId)
  log({
    event: 'linked',
    conversations: linked,
    service: c.get('caller').service?.name ?? null,
    request_id: c.get('requestId'),
  })
  return linked
}

/** An index shows what it has: the session's begins anew, with what is still the session's. */
async function forgetFinds(c: Context<HonoEnv>, id: string): Promise<void> {
  const session = { kind: 'session', id } as const
  const forgotten = askIndex(c, session, (index) => unlessOlder(index.forget()))
  await forgotten.catch((error: unknown) => {
    log({
      event: 'index-failed',
      conversation_id: null,
      error: nameOf(error),
      request_id: c.get('requestId'),
    })
    throw tryAgain(
      'The session is linked, but a search of it may still find what it said. Call again.',
    )
  })
}

/** The user whose the conversations become. */
export function userOf(
  c: Context<HonoEnv>,
  { user_id: userId, session_id: bare }: LinkRequest,
): string {
  const { owner, service } = c.get('caller')
  if (service) {
    if (!service.scopes.includes('link')) {
      throw new Problem('not-permitted', { detail: 'Linking needs the scope link.' })
    }
    const actingFor = owner?.kind === 'user' ? owner.id : undefined
    if (owner && (actingFor === undefined || (userId ?? actingFor) !== actingFor)) {
      throw new Problem('not-permitted', { detail: 'The service acts for somebody else.' })
    }
    const named = userId ?? actingFor
    if (named === undefined) throw invalid('/user_id', 'Say whose the conversations become')
    return named
  }
  if (owner?.kind !== 'user') {
    throw new Problem('not-permitted', {
      detail: 'Send the token of the user, not of the session.',
    })
  }
  if (userId !== undefined && userId !== owner.id) {
    throw new Problem('not-permitted', { detail: 'A user links to themselves: leave user_id out.' })
  }
  if (bare !== undefined) {
    throw new Problem('not-permitted', { detail: 'A session id proves nothing: send its token.' })
  }
  return owner.id
}

/** The session that is proven, or that a service is believed to know. */
async function sessionOf(c: Context<HonoEnv>, body: LinkRequest): Promise<string> {
  if (body.session_token !== undefined && body.session_id !== undefined) {
    throw invalid('/session_id', 'Send the session’s token, or its id: not both')
  }
  if (body.session_token !== undefined) {
    const proof = await verifySession(c.env, body.session_token)
    if (isFault(proof)) throw invalid('/session_token', proof.fault)
    return proof.id
  }
  if (body.session_id !== undefined) {
    if (c.get('caller').service?.scopes.includes('link-unproven')) return body.session_id
    throw new Problem('not-permitted', {
      detail: 'A bare session_id needs the scope link-unproven: send session_token.',
    })
  }
  const cookie = await sessionOfCookie(c)
  if (cookie) {
    refuseForgery(c)
    return cookie.id
  }
  throw invalid('/session_token', 'Send the session’s token, here or as its cookie')
}

const invalid = (pointer: string, detail: string) =>
  new Problem('invalid-request', { errors: [{ pointer, detail }] })

/** Tells every object that the link is about. What is left to tell is what the record still shows unclaimed. */
async function claimAll(c: Context<HonoEnv>, link: SessionLinkRow): Promise<number> {
  const db = openDatabase(c.env.DB)
  const told = tellClaims(c.env, db, link, c.get('requestId'))
  const { claimed, failed, error } = await told.catch((failure: unknown) => ({
    claimed: 0,
    failed: 1,
    error: nameOf(failure),
  }))
  if (failed === 0) {
    // If D1 does not take this, the cron job finds nothing left to tell, and closes it.
    await finishLink(db, link, Date.now()).catch(() => {})
    return claimed
  }
  logFailure(c, link.attempts + 1, error)
  throw tryAgain(
    'The session is linked. Some of its conversations could not be handed over yet. ' +
      'Call again, or wait: the cron job hands them over.',
  )
}

function logFailure(c: Context<HonoEnv>, attempts: number, error: string): void {
  log({ event: 'link-failed', attempts, error, request_id: c.get('requestId') })
}
