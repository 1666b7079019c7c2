import type { Context } from 'hono'
import { getCookie } from 'hono/cookie'
import { routePath } from 'hono/route'
import { decodeProtectedHeader } from 'jose'

import type { Call, Caller, Owner } from '../../contract/caller.ts'
import { ConversationId } from '../../contract/conversation.ts'
import { OWNER_LENGTH } from '../../contract/limits.ts'
import { isKeepable } from '../../contract/text.ts'
import { log } from '../../events.ts'
import { isAllowedOrigin } from '../frame/headers.ts'
import { type EncodeProblem, Problem } from '../frame/problem.ts'
import { isMade, refuseWrites, verifyMade } from './made-token.ts'
import { type Fault, type Proof, isFault } from './proof.ts'
import { provenOnce } from './proven.ts'
import { type Service, verifyService } from './service.ts'
import { SESSION_TYP, verifySession } from './session.ts'
import type { Ticket } from './ticket.ts'
import { verifyUser } from './user.ts'

export interface HonoEnv {
  Bindings: Env
  Variables: {
    caller: Caller
    requestId: string
    ticket?: Ticket
    store?: string
    encodeProblem?: EncodeProblem
    /** Whom a service acts for, if its protocol says that in a header of its own. */
    actingFor?: string
  }
}

export const SESSION_COOKIE = 'hilo_session'

/** Lets nobody past without a credential that holds. */
export async function authenticate(c: Context<HonoEnv>): Promise<void> {
  const caller = (await bearerOf(c)) ?? (await cookieOf(c))
  if (caller === null) {
    throw new Problem('unauthenticated', {
      detail:
        'Send `Authorization: Bearer <token>`: a user token, a service token, or that of a session from POST /api/sessions.',
    })
  }
  c.set('caller', caller)
}

/** What a service did goes into the log with its name, whatever came of it. */
export function noteServices(c: Context<HonoEnv>): void {
  const caller = c.get('caller') as Caller | undefined
  if (caller?.service) noteService(c, caller.service, caller.owner)
}

/** For whom the caller acts. A service that acts for nobody has no conversations of its own. */
export function requireOwner(
  { owner }: Caller,
  howToName = 'Name the owner in the header Hilo-Acting-For.',
): Owner {
  if (owner) return owner
  throw new Problem('not-permitted', {
    detail: `A service has no conversations of its own. ${howToName}`,
  })
}

export const callOf = (c: Context<HonoEnv>): Call => ({
  caller: c.get('caller'),
  requestId: c.get('requestId'),
  origin: new URL(c.req.url).origin,
})

/** Whom the `Authorization` header proves; null without the header. Throws if it proves nobody. */
export async function bearerOf(c: Context<HonoEnv>): Promise<Caller | null> {
  const header = c.req.header('authorization')
  const actingFor = c.req.header('hilo-acting-for') ?? c.get('actingFor')
  if (header === undefined) {
    if (actingFor !== undefined) throw notForThem()
    return null
  }
  const token = /^Bearer +(\S+)$/i.exec(header)?.[1]
  if (token === undefined) {
    throw invalidToken({ fault: 'The header Authorization is not of the form Bearer <token>.' })
  }
  if (isMade(token)) {
    const reader = await verifyMade(c, token)
    if ('fault' in reader) throw invalidToken(reader)
    if (actingFor !== undefined) throw notForThem()
    refuseWrites(c)
    return reader
  }
  const service = isJwt(token) ? null : await verifyService(c.env, token)
  if (service) return { service, owner: ownerFor(service, actingFor), expiresAt: null }
  if (!isJwt(token)) {
    throw invalidToken({
      fault: 'The token is neither a JWT nor that of a service that this deployment knows.',
    })
  }
  const caller = await provenOnce(c.env, token, () => verifiedCaller(c.env, token))
  if (actingFor !== undefined) throw notForThem()
  return caller
}

const isJwt = (token: string): boolean => token.split('.').length === 3

const invalidToken = ({ fault }: Fault) => new Problem('invalid-token', { detail: fault })

async function verifiedCaller(env: Env, token: string): Promise<Caller> {
  // The type only says which key to try; that key and its own checks decide.
  const kind = typOf(token) === SESSION_TYP ? 'session' : 'user'
  const proof = await (kind === 'session' ? verifySession(env, token) : verifyUser(env, token))
  if (isFault(proof)) throw invalidToken(proof)
  return ownedBy(kind, proof)
}

const ownedBy = (kind: Owner['kind'], { id, expiresAt }: Proof): Caller => ({
  owner: { kind, id },
  service: null,
  expiresAt,
})

function typOf(token: string): unknown {
  try {
    return decodeProtectedHeader(token).typ
  } catch {
    return undefined
  }
}

/** The session that the cookie proves, or null. */
export async function sessionOfCookie(c: Context<HonoEnv>): Promise<Proof | null> {
  const cookie = getCookie(c, SESSION_COOKIE, 'host')
  const proof = cookie === undefined ? null : await verifySession(c.env, cookie)
  return proof === null || isFault(proof) ? null : proof
}

async function cookieOf(c: Context<HonoEnv>): Promise<Caller | null> {
  const cookie = getCookie(c, SESSION_COOKIE, 'host')
  if (cookie === undefined) return null
  const proof = await verifySession(c.env, cookie)
  if (isFault(proof)) throw invalidToken(proof)
  refuseForgery(c)
  return ownedBy('session', proof)
}

/** A browser sends a cookie along for any page that asks. So a request that changes things must come from a page we know. */
export function refuseForgery(c: Context<HonoEnv>): void {
  // Other pages can't read what a GET answers, but a WebSocket they can.
  const isUpgrade = c.req.header('upgrade') !== undefined
  if (['GET', 'HEAD', 'OPTIONS'].includes(c.req.method) && !isUpgrade) return
  const origin = c.req.header('origin')
  const site = c.req.header('sec-fetch-site')
  const isKnown =
    origin === undefined
      ? !isUpgrade && (site === undefined || site === 'same-origin' || site === 'none')
      : origin === new URL(c.req.url).origin || isAllowedOrigin(c.env, origin)
  if (isKnown) return
  throw new Problem('cross-origin', {
    detail: 'Add the origin to ALLOWED_ORIGINS, or send the session token as a bearer token.',
  })
}

function ownerFor(service: Service, header: string | undefined): Owner | null {
  if (header === undefined) return null
  if (!service.scopes.includes('act')) {
    throw new Problem('not-permitted', { detail: 'Hilo-Acting-For needs the scope act.' })
  }
  const [, kind, id] = /^(user|session):(.+)$/.exec(header) ?? []
  if (kind === undefined || id === undefined || id.length > OWNER_LENGTH || !isKeepable(id)) {
    throw new Problem('invalid-request', {
      detail: `Hilo-Acting-For takes user:ID or session:ID, the id of at most ${OWNER_LENGTH} characters.`,
    })
  }
  return { kind: kind as Owner['kind'], id }
}

const notForThem = () =>
  new Problem('not-permitted', { detail: 'Hilo-Acting-For is for services with the scope act.' })

function noteService(c: Context<HonoEnv>, service: Service, owner: Owner | null): void {
  log({
    event: 'service-acted',
    service: service.name,
    acting_for: owner && `${owner.kind}:${owner.id}`,
    method: c.req.method,
    route: routePath(c, -1),
    status: c.res.status,
    // Whatever else a path may hold is nobody's to log.
    conversation_id: ConversationId.safeParse(c.req.param('id')).data ?? null,
    request_id: c.get('requestId'),
  })
}
