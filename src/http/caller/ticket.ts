import { EncryptJWT, errors, jwtDecrypt } from 'jose'

import type { Caller } from '../../contract/caller.ts'
import type { TicketUse } from '../../contract/live.ts'
import { sessionKeys } from './session.ts'

const TICKET_TYP = 'hilo-ticket+jwt'
const ALGORITHMS = { alg: 'dir', enc: 'A256GCM' } as const

/** How long a ticket is good for, in seconds: for one WebSocket, and for as many streams as a page needs. */
export const TICKET_S: Record<TicketUse, number> = { live: 60, stream: 600 }

type TicketEnv = Pick<Env, 'SESSION_SECRET'>

/** What a ticket lets its holder do, as whom, until when (ms since the epoch). */
export interface Ticket {
  id: string
  caller: Caller
  expiresAt: number
}

/** What a request shows a ticket for. */
export interface TicketFor {
  use: TicketUse
  conversationId: string
}

/**
 * What a page shows in place of its token, if it can set no header. Encrypted, for it names the caller and travels in
 * a URL; nothing is stored. It never outlives the token that it was got with.
 */
export async function issueTicket(
  env: TicketEnv,
  { use, conversationId }: TicketFor,
  caller: Caller,
  now: number,
): Promise<{ ticket: string; expiresAt: number }> {
  const [key] = await ticketKeys(env)
  const end = Math.min(now + TICKET_S[use] * 1000, caller.expiresAt ?? Infinity)
  const expiresAtS = Math.floor(end / 1000)
  const ticket = await new EncryptJWT({ caller })
    .setProtectedHeader({ ...ALGORITHMS, typ: TICKET_TYP })
    .setJti(crypto.randomUUID())
    .setSubject(conversationId)
    .setAudience(use)
    .setExpirationTime(expiresAtS)
    .encrypt(key)
  return { ticket, expiresAt: expiresAtS * 1000 }
}

/** What a ticket is good for; null if not for what it is shown for. */
export async function readTicket(
  env: TicketEnv,
  { use, conversationId }: TicketFor,
  ticket: string,
): Promise<Ticket | null> {
  for (const key of await ticketKeys(env)) {
    try {
      const { payload } = await jwtDecrypt<{ caller: Caller }>(ticket, key, {
        typ: TICKET_TYP,
        subject: conversationId,
        audience: use,
        requiredClaims: ['exp', 'jti'],
        keyManagementAlgorithms: [ALGORITHMS.alg],
        contentEncryptionAlgorithms: [ALGORITHMS.enc],
      })
      const { jti = '', exp = 0, caller } = payload
      return { id: jti, caller, expiresAt: exp * 1000 }
    } catch (error) {
      // Made with the older secret, perhaps: any other failure is the same under every key.
      if (error instanceof errors.JWEDecryptionFailed) continue
      if (error instanceof errors.JOSEError) return null
      throw error
    }
  }
  return null
}

const derived = new WeakMap<CryptoKey, Uint8Array>()

// Of SESSION_SECRET and not it itself: no session's token can be taken for a ticket, nor the other way round.
async function ticketKeys(env: TicketEnv): Promise<[Uint8Array, ...Uint8Array[]]> {
  const [newest, ...older] = await sessionKeys(env)
  return Promise.all([derive(newest), ...older.map(derive)])
}

async function derive(key: CryptoKey): Promise<Uint8Array> {
  const known = derived.get(key)
  if (known) return known
  const label = new TextEncoder().encode('hilo ticket')
  const made = new Uint8Array(await crypto.subtle.sign('HMAC', key, label))
  derived.set(key, made)
  return made
}
