import type { Context } from 'hono'
import * as z from 'zod'

import { TICKET_PREFIX, type TicketUse } from '../../contract/live.ts'
import { ask } from '../frame/ask.ts'
import { Problem, granted } from '../frame/problem.ts'
import { addressedStore } from './addressed.ts'
import { type HonoEnv, authenticate } from './caller.ts'
import { TICKET_S, type TicketFor, issueTicket, readTicket } from './ticket.ts'

export const IssuedTicket = z
  .object({ ticket: z.string(), expires_at: z.iso.datetime() })
  .meta({ id: 'Ticket' })

/** A ticket for a conversation that the caller may read. */
export async function ticketFor(c: Context<HonoEnv>, use: TicketUse, conversationId: string) {
  granted(await ask(c, conversationId, (object, call) => object.read(call, 1)))
  const issued = await issueTicket(c.env, { use, conversationId }, c.get('caller'), Date.now())
  return { ticket: issued.ticket, expires_at: new Date(issued.expiresAt).toISOString() }
}

/** Lets nobody past without a credential that holds, or a ticket if that is what they show. */
export async function authenticateOrTicket(c: Context<HonoEnv>): Promise<void> {
  const store = await addressedStore(c)
  if (store !== null) {
    c.set('store', store)
    return
  }
  const shown = shownIn(c)
  if (shown === null) return authenticate(c)
  const ticket = await readTicket(c.env, shown, shown.ticket)
  if (ticket === null) {
    throw new Problem('invalid-ticket', {
      detail:
        `A ticket is good for its conversation, its route and ${TICKET_S[shown.use]} s, ` +
        `${shown.use === 'live' ? 'for one WebSocket, ' : ''}and no longer than the token that got it. Get another one.`,
    })
  }
  c.set('caller', ticket.caller)
  c.set('ticket', ticket)
}

function shownIn(c: Context<HonoEnv>): (TicketFor & { ticket: string }) | null {
  const [, id, use] = /^\/api\/conversations\/([^/]+)\/(live|stream)\/?$/.exec(c.req.path) ?? []
  const isToken = c.req.header('authorization') !== undefined
  if (isToken || c.req.method !== 'GET' || id === undefined) return null
  const ticket = use === 'live' ? ofProtocols(c) : c.req.query('ticket')
  return ticket === undefined
    ? null
    : { use: use as TicketUse, conversationId: id.toLowerCase(), ticket }
}

export const protocolsOf = (c: Context<HonoEnv>): string[] =>
  (c.req.header('sec-websocket-protocol') ?? '').split(',').map((protocol) => protocol.trim())

const ofProtocols = (c: Context<HonoEnv>): string | undefined =>
  protocolsOf(c)
    .find((protocol) => protocol.startsWith(TICKET_PREFIX))
    ?.slice(TICKET_PREFIX.length)
