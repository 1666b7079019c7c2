import * as z from 'zod'

import { ConversationId } from '../../../contract/conversation.ts'
import { CONNECT_HEADER, type Connect, LIVE_PROTOCOL } from '../../../contract/live.ts'
import { type Refusal } from '../../../contract/problem.ts'
import { IssuedTicket, protocolsOf, ticketFor } from '../../caller/tickets.ts'
import { ask } from '../../frame/ask.ts'
import { createRoute, forCallers, json, problems, routes, security } from '../../frame/openapi.ts'
import { numberParameter } from '../../frame/parameters.ts'
import { Problem, granted } from '../../frame/problem.ts'
import { limitReads, limitWrites } from '../../frame/rate-limits.ts'

const tags = ['Live']
const params = z.object({ id: ConversationId })

const connectLive = createRoute({
  operationId: 'connectLive',
  tags,
  security,
  summary: 'A WebSocket that tells what happens in the conversation, as it happens',
  description:
    'Frames are JSON: `ready`, `message`, `reply-started`, `reasoning`, `delta`, `reply-ended`, `conversation`, `erased`, and ' +
    '`check`, which is to be sent back as it came. `ping` is answered with `pong`. A browser, which can set no ' +
    'header, comes with its cookie or with a ticket: `Sec-WebSocket-Protocol: hilo.live, ticket.TICKET`.',
  method: 'get',
  path: '/api/conversations/{id}/live',
  middleware: [limitReads] as const,
  request: {
    params,
    query: z.strictObject({
      after: numberParameter(0).optional().meta({
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
      IssuedTicket,
      'To be sent as `Sec-WebSocket-Protocol: hilo.live, ticket.TICKET`, once',
    ),
    ...problems(...forCallers, 'no-such-conversation', 'rate-limited'),
  },
})

export const liveRoutes = routes()
  .openapi(connectLive, async (c) => {
    const { after = null } = c.req.valid('query')
    const { id, expiresAt = 0 } = c.get('ticket') ?? {}
    const response = await ask(c, c.req.valid('param').id, (object, call) =>
      object.fetch(
        connectRequest({
          caller: call.caller,
          ticket: id === undefined ? null : { id, expiresAt },
          after,
          isUpgrade: c.req.header('upgrade')?.toLowerCase() === 'websocket',
          ...(call.origin !== undefined && { origin: call.origin }),
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
    return c.json(await ticketFor(c, 'live', c.req.valid('param').id), 200)
  })

// Made anew, so that no header of the client's comes with it.
const connectRequest = (connect: Connect) =>
  new Request('https://conversation/live', {
    headers: {
      upgrade: 'websocket',
      [CONNECT_HEADER]: encodeURIComponent(JSON.stringify(connect)),
    },
  })
