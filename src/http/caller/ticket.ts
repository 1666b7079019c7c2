import { SignJWT, errors, jwtVerify } from 'jose'

import type { Caller } from '../../contract/caller.ts'
import { sessionKeys } from './session.ts'

type TicketEnv = Pick<Env, 'SESSION_SECRET' | 'SESSION_TTL_DAYS'>

/** Tells a stream's ticket from every other token, before and by its signature. */
const STREAM_TYP = 'hilo-stream+jwt'
/** How long a stream may be opened with its ticket, in ms; it is opened again after each reconnect. */
const STREAM_TICKET_MS = 10 * 60_000

/**
 * Signs the ticket of a WebSocket, which the object issued and takes once. So the Worker refuses one that was made up,
 * or one of another conversation, before any object is asked.
 */
export async function signLiveTicket(
  env: TicketEnv,
  conversationId: string,
  ticket: string,
  expiresAt: number,
): Promise<string> {
  const [key] = await sessionKeys(env)
  const signed = `${ticket}.${expiresAt.toString(36)}`
  const mac = await crypto.subtle.sign('HMAC', key, signedBytes(conversationId, signed))
  const encoding = { alphabet: 'base64url', omitPadding: true } as const
  return `${signed}.${new Uint8Array(mac).toBase64(encoding)}`
}

/** What the object issued; null for a ticket that is not ours, not of this conversation, or over. */
export async function verifyLiveTicket(
  env: TicketEnv,
  conversationId: string,
  given: string,
  now: number,
): Promise<string | null> {
  const [, signed = '', ticket = '', until = '', mac = ''] =
    /^(([\w-]{1,64})\.([0-9a-z]{1,12}))\.([\w-]{43})$/.exec(given) ?? []
  if (signed === '' || parseInt(until, 36) <= now) return null
  const bytes = Uint8Array.fromBase64(mac, { alphabet: 'base64url' })
  for (const key of await sessionKeys(env)) {
    const text = signedBytes(conversationId, signed)
    if (await crypto.subtle.verify('HMAC', key, bytes, text)) return ticket
  }
  return null
}

// No JWT has a colon in what is signed, so neither can be taken for the other.
const signedBytes = (conversationId: string, signed: string): Uint8Array<ArrayBuffer> =>
  Uint8Array.from(new TextEncoder().encode(`hilo-ticket:${conversationId}:${signed}`))

/** A ticket that opens the stream of one conversation, as its caller and no longer than their token does. */
export async function issueStreamTicket(
  env: TicketEnv,
  conversationId: string,
  caller: Caller,
  now: number,
): Promise<{ ticket: string; expiresAt: number }> {
  const [key] = await sessionKeys(env)
  const expiresAt = Math.min(now + STREAM_TICKET_MS, caller.expiresAt ?? Infinity)
  const ticket = await new SignJWT({ caller: readerOf(caller) })
    .setProtectedHeader({ alg: 'HS256', typ: STREAM_TYP })
    .setSubject(conversationId)
    .setExpirationTime(Math.ceil(expiresAt / 1000))
    .sign(key)
  return { ticket, expiresAt }
}

/** Whose ticket it is; null for one that is not ours, not of this conversation, or over. */
export async function verifyStreamTicket(
  env: TicketEnv,
  conversationId: string,
  ticket: string,
): Promise<Caller | null> {
  for (const key of await sessionKeys(env)) {
    try {
      const { payload } = await jwtVerify<{ caller: Caller }>(ticket, key, {
        algorithms: ['HS256'],
        typ: STREAM_TYP,
        subject: conversationId,
        requiredClaims: ['caller', 'exp'],
      })
      return payload.caller
    } catch (error) {
      if (error instanceof errors.JWSSignatureVerificationFailed) continue
      if (error instanceof errors.JOSEError) return null
      throw error
    }
  }
  return null
}

// A stream is read, and nothing else is done with it.
const readerOf = ({ owner, service, expiresAt }: Caller): Caller =>
  service
    ? {
        owner,
        service: { name: service.name, scopes: service.scopes.filter((one) => one === 'read-all') },
        expiresAt,
      }
    : { owner, service, expiresAt }
