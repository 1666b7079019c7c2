import type { Context } from 'hono'

import { type HonoEnv, refuseForgery } from '../caller/caller.ts'
import { createRoute, problems, routes } from '../frame/openapi.ts'
import { Problem } from '../frame/problem.ts'
import { Connection, type Dispatch } from './connection.ts'

const openSocket = createRoute({
  operationId: 'chatSocket',
  tags: ['AI SDK'],
  summary: 'The WebSocket of `WebSocketChatTransport` (version 7)',
  description:
    'Each frame of a client is a request: it is answered as that would be, and carries its own credential in `headers`. A ' +
    'page of the same site needs none: its cookie counts. A socket on which nothing runs for a minute is closed; the ' +
    'transport opens another when it needs one.',
  method: 'get',
  path: '/api/chat-socket',
  responses: {
    101: { description: 'The WebSocket' },
    ...problems('upgrade-required'),
  },
})

/** @param dispatch what answers a request of any route */
export const chatSocketRoutes = (
  dispatch: (c: Context<HonoEnv>, request: Request) => Promise<Response>,
) =>
  routes().openapi(openSocket, (c) => {
    if (c.req.header('upgrade')?.toLowerCase() !== 'websocket') {
      throw new Problem('upgrade-required')
    }
    const { 0: client, 1: server } = new WebSocketPair()
    const send: Dispatch = (request) => dispatch(c, request)
    new Connection(server, new URL(c.req.url).origin, headersOf(c), send).open()
    return new Response(null, { status: 101, webSocket: client })
  })

/** What of the socket's own request every request on it has. Pages of other sites may not use the cookie: they could read. */
function headersOf(c: Context<HonoEnv>): Record<string, string> {
  const names = [
    'origin',
    'accept-language',
    'cf-connecting-ip',
    ...(isForged(c) ? [] : ['cookie']),
  ]
  return Object.fromEntries(
    names.flatMap((name) => {
      const value = c.req.header(name)
      return value === undefined ? [] : [[name, value]]
    }),
  )
}

function isForged(c: Context<HonoEnv>): boolean {
  try {
    refuseForgery(c)
    return false
  } catch (error) {
    if (error instanceof Problem) return true
    throw error
  }
}
