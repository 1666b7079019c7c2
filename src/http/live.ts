import type { Context, MiddlewareHandler } from 'hono'
import * as z from 'zod'

import { ConversationId } from '../contract/conversation.ts'
import { CONNECT_HEADER, type Connect, LIVE_PROTOCOL, TICKET_PREFIX } from '../contract/live.ts'
import { type Refusal } from '../contract/problem.ts'
import { ask } from './ask.ts'
import { type HonoEnv, authenticate } from './caller/caller.ts'
import { createRoute, forCallers, json, problems, routes, security } from './openapi.ts'
import { Problem, granted } from './problem.ts'
import { limitWrites } from './rate-limits.ts'

const tags = ['Live']
const params = z.object({ id: ConversationId })

/** Lets past who has a ticket for a WebSocket instead: whose it is the object knows. */
export const authenticateOrTicket: MiddlewareHandler<HonoEnv> = (c, next) =>
  isLive(c) && ticketOf(c) !== null ? next() : authenticate(c, next)

const isLive = (c: Context<HonoEnv>): boolean =>
  c.req.method === 'GET' && /^\/api\/conversations\/[^/]+\/live\/?$/.test(c.req.path)

// A ticket was counted when it was issued.
const limitCallers: MiddlewareHandler<HonoEnv> = (c, next) =>
  ticketOf(c) === null ? limitWrites(c, next) : next()

const connectLive = createRoute({
  operationId: 'connectLive',
  tags,
  security,
  summary: 'A WebSocket that tells what happens in the conversation, as it happens',
  description:
    'Frames are JSON: `ready`, `message`, `reply-started`, `delta`, `reply-ended`, `conversation`, `erased`, and ' +
    '`check`, which is to be sent back as it came. `ping` is answered with `pong`. A browser, which can set no ' +
    'header, comes with its cookie or with a ticket: `Sec-WebSocket-Protocol: hilo.live, ticket.TICKET`.',
  method: 'get',
  path: '/api/conversations/{id}/live',
  middleware: [limitCallers] as const,
  request: {
    params,
    query: z.strictObject({
      after: z.coerce.number().int().min(0).optional().meta({
        description: 'The `seq` of the last message that is known: those after it are sent first',
      }),
    }),
  },
  responses: {
    101: { description: 'The WebSocket' },
    ...problems(
      ...forCallers,
      'invalid-ticket',
      'no-such-conversation',
      'upgrade-required',
      'too-many-sockets',
      'rate-limited',
    ),
  },
})

const issueTicket = createRoute({
  operationId: 'issueLiveTicket',
  tags,
  security,
  summary: 'A ticket for one WebSocket, good for 60 s',
  method: 'post',
  path: '/api/conversations/{id}/live/ticket',
  middleware: [limitWrites] as const,
  request: { params },
  responses: {
    200: json(
      z.object({ ticket: z.string(), expires_at: z.iso.datetime() }).meta({ id: 'LiveTicket' }),
      'To be sent as `Sec-WebSocket-Protocol: hilo.live, ticket.TICKET`, once',
    ),
    ...problems(...forCallers, 'no-such-conversation', 'too-many-tickets', 'rate-limited'),
  },
})

export const liveRoutes = routes()
  .openapi(connectLive, async (c) => {
    const { after = null } = c.req.valid('query')
    const ticket = ticketOf(c)
    const response = await ask(c, c.req.valid('param').id, (object, call) =>
      object.fetch(
        connectRequest({
          caller: ticket === null ? call.caller : null,
          ticket,
          after,
          isUpgrade: c.req.header('upgrade')?.toLowerCase() === 'websocket',
        }),
      ),
    )
    if (response.webSocket === null) {
      granted((await response.json()) as Refusal)
      throw new Problem('internal-error')
    }
    const headers = protocolsOf(c).includes(LIVE_PROTOCOL)
      ? { 'sec-websocket-protocol': LIVE_PROTOCOL }
      : {}
    return new Response(null, { status: 101, webSocket: response.webSocket, headers })
  })
  .openapi(issueTicket, async (c) => {
    const { ticket, expiresAt } = granted(
      await ask(c, c.req.valid('param').id, (object, call) => object.issueTicket(call)),
    )
    return c.json({ ticket, expires_at: new Date(expiresAt).toISOString() }, 200)
  })

// Made anew, so that no header of the client's comes with it.
const connectRequest = (connect: Connect) =>
  new Request('https://conversation/live', {
    headers: {
      upgrade: 'websocket',
      [CONNECT_HEADER]: encodeURIComponent(JSON.stringify(connect)),
    },
  })

const protocolsOf = (c: Context<HonoEnv>): string[] =>
  (c.req.header('sec-websocket-protocol') ?? '').split(',').map((protocol) => protocol.trim())

function ticketOf(c: Context<HonoEnv>): string | null {
  if (c.req.header('authorization') !== undefined) return null
  const ticket = protocolsOf(c).find((protocol) => protocol.startsWith(TICKET_PREFIX))
  return ticket?.slice(TICKET_PREFIX.length) ?? null
}
