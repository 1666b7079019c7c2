import type { Context } from 'hono'
import * as z from 'zod'

import { ConversationId } from '../contract/conversation.ts'
import { streamClosings } from '../contract/reply.ts'
import { ask } from './ask.ts'
import type { HonoEnv } from './caller/caller.ts'
import { issueStreamTicket, verifyStreamTicket } from './caller/ticket.ts'
import { createRoute, forCallers, json, problems, routes, security } from './openapi.ts'
import { Problem, granted } from './problem.ts'
import { limitWrites } from './rate-limits.ts'

// Some clients send it empty before they have had an event.
const LastEventId = z
  .string()
  .regex(/^([\w-]{1,128}:\d{1,9})?$/, 'Not the id of an event: REPLY:OFFSET')

/** What the last event of a stream may be. */
export const lastEvents =
  '`completed {message}`, `interrupted {message, reason}` or `failed {problem}`; or `closed {reason, detail}`, where ' +
  `whoever reads may read no further: ${Object.keys(streamClosings)
    .map((reason) => `\`${reason}\``)
    .join(', ')}`

const params = z.object({ id: ConversationId })
const ONE_MESSAGE = { order: 'desc', from: null, limit: 1 } as const

const joinReply = createRoute({
  operationId: 'joinReply',
  tags: ['Messages'],
  security,
  summary: 'Join the running reply',
  description:
    'The same events as of `continue`: from the beginning of the reply, or, after `Last-Event-ID`, the rest of the ' +
    'reply that it names, also where that has ended meanwhile.',
  method: 'get',
  path: '/api/conversations/{id}/stream',
  request: {
    params,
    query: z.strictObject({
      ticket: z.string().optional().meta({
        description: 'In place of a token, for an EventSource, which can set no header',
      }),
    }),
    headers: z.object({
      'last-event-id': LastEventId.optional().meta({
        description: 'The id of the last event that was read',
      }),
    }),
  },
  responses: {
    200: {
      description:
        '`accepted {messages, reply_id}` (not after `Last-Event-ID`), `delta {content}`, `tool_calls {tool_calls}`, ' +
        `then ${lastEvents}`,
      content: { 'text/event-stream': { schema: z.string() } },
    },
    204: { description: 'No reply runs' },
    ...problems(...forCallers, 'invalid-ticket', 'no-such-conversation', 'too-many-streams'),
  },
})

const issueTicket = createRoute({
  operationId: 'issueStreamTicket',
  tags: ['Messages'],
  security,
  summary: 'A ticket for the stream of one conversation, good for ten minutes',
  description:
    'An EventSource can set no header. It comes with `?ticket=` instead, and comes again with it when it reconnects. ' +
    'The stream ends when the token ends that the ticket was issued for.',
  method: 'post',
  path: '/api/conversations/{id}/stream/ticket',
  middleware: [limitWrites] as const,
  request: { params },
  responses: {
    200: json(
      z.object({ ticket: z.string(), expires_at: z.iso.datetime() }).meta({ id: 'StreamTicket' }),
      'To be sent as `GET …/stream?ticket=TICKET`',
    ),
    ...problems(...forCallers, 'no-such-conversation', 'rate-limited'),
  },
})

export const streamRoutes = routes()
  .openapi(joinReply, async (c) => {
    const { events } = granted(
      await ask(c, c.req.valid('param').id, (object, call) =>
        object.stream(call, placeOf(c.req.valid('header')['last-event-id'])),
      ),
    )
    if (events === null) return c.body(null, 204)
    return c.body(events, 200, eventStream)
  })
  .openapi(issueTicket, async (c) => {
    const { id } = c.req.valid('param')
    // Only who may read the conversation gets one; whether they still may is asked with each stream.
    granted(await ask(c, id, (object, call) => object.history(call, ONE_MESSAGE)))
    const { ticket, expiresAt } = await issueStreamTicket(c.env, id, c.get('caller'), Date.now())
    return c.json({ ticket, expires_at: new Date(expiresAt).toISOString() }, 200)
  })

const path = /^\/api\/conversations\/([^/]+)\/stream\/?$/

export const isStream = (c: Context<HonoEnv>): boolean =>
  c.req.method === 'GET' && path.test(c.req.path)

/** Takes a caller at the word of their ticket. */
export async function acceptStreamTicket(c: Context<HonoEnv>): Promise<void> {
  const [, id = ''] = path.exec(c.req.path) ?? []
  const caller = await verifyStreamTicket(c.env, id, c.req.query('ticket') ?? '')
  if (caller === null) {
    throw new Problem('invalid-ticket', {
      detail: 'It is good for ten minutes, and for one conversation. Get a new one.',
    })
  }
  c.set('caller', caller)
}

// Proxies that buffer would hold back what is there.
export const eventStream = { 'content-type': 'text/event-stream', 'x-accel-buffering': 'no' }

function placeOf(lastEventId: string | undefined) {
  const [replyId, offset] = (lastEventId ?? '').split(':')
  return replyId && offset ? { replyId, offset: Number(offset) } : null
}
