import * as z from 'zod'

import { ConversationId } from '../../../contract/conversation.ts'
import { encoded, serverSentEvent } from '../../../contract/reply-events.ts'
import { streamClosings } from '../../../contract/reply.ts'
import { IssuedTicket, ticketFor } from '../../caller/tickets.ts'
import { ask } from '../../frame/ask.ts'
import { createRoute, forCallers, json, problems, routes, security } from '../../frame/openapi.ts'
import { granted } from '../../frame/problem.ts'
import { limitReads, limitWrites } from '../../frame/rate-limits.ts'

// Some clients send it empty before they have had an event.
const LastEventId = z
  .string()
  .regex(/^([\w.:-]{1,128}:\d{1,9}(\.\d{1,9})?)?$/, 'Not the id of an event: REPLY:OFFSET')

/** What the last event of a stream may be. */
export const lastEvents =
  '`completed {message}`, `interrupted {message, reason}` or `failed {problem}`; or `closed {reason, detail}` if ' +
  `the caller has lost access: ${Object.keys(streamClosings)
    .map((reason) => `\`${reason}\``)
    .join(', ')}`

const joinReply = createRoute({
  operationId: 'joinReply',
  tags: ['Messages'],
  security,
  summary: 'Join the running reply',
  description:
    'The same events as of `continue`: from the beginning of the reply, or, after `Last-Event-ID`, the rest of the ' +
    'reply that it names, also if that has ended meanwhile.',
  method: 'get',
  path: '/api/conversations/{id}/stream',
  middleware: [limitReads] as const,
  request: {
    params: z.object({ id: ConversationId }),
    query: z.strictObject({
      ticket: z.string().optional().meta({
        description:
          'In place of a token, which an `EventSource` can’t send: `POST …/stream/ticket`',
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
        '`accepted {messages, reply_id}` (not after `Last-Event-ID`), `reasoning {content}`, `delta {content}`, `tool_calls {tool_calls}`, ' +
        `then ${lastEvents}`,
      content: { 'text/event-stream': { schema: z.string() } },
    },
    204: { description: 'No reply runs' },
    ...problems(
      ...forCallers,
      'invalid-ticket',
      'rate-limited',
      'no-such-conversation',
      'too-many-streams',
    ),
  },
})

const issueTicket = createRoute({
  operationId: 'issueStreamTicket',
  tags: ['Messages'],
  security,
  summary: 'A ticket for an `EventSource`, good for 10 minutes',
  description:
    'For joining replies of this conversation and nothing else, as often as the `EventSource` connects again.',
  method: 'post',
  path: '/api/conversations/{id}/stream/ticket',
  middleware: [limitWrites] as const,
  request: { params: z.object({ id: ConversationId }) },
  responses: {
    200: json(IssuedTicket, 'To be sent as `GET …/stream?ticket=TICKET`'),
    ...problems(...forCallers, 'rate-limited', 'no-such-conversation'),
  },
})

export const streamRoutes = routes()
  .openapi(issueTicket, async (c) =>
    c.json(await ticketFor(c, 'stream', c.req.valid('param').id), 200),
  )
  .openapi(joinReply, async (c) => {
    const place = placeOf(c.req.valid('header')['last-event-id'])
    const told = granted(
      await ask(c, c.req.valid('param').id, (object, call) => object.stream(call, place, 'events')),
    )
    return told.events === null ? c.body(null, 204) : c.body(serverSent(told), 200, eventStream)
  })

/** A reply's events as Hilo's own server-sent events. An object of the version before has encoded them already. */
export const serverSent = ({ events, form }: { events: Lines; form?: 'events' }): Lines =>
  form ? encoded(events, serverSentEvent) : events

type Lines = ReadableStream<Uint8Array>

// Proxies that buffer would hold back what is there.
export const eventStream = { 'content-type': 'text/event-stream', 'x-accel-buffering': 'no' }

function placeOf(lastEventId: string | undefined) {
  const [, replyId, offset, reasoning = 0] =
    /^(.+):(\d+)(?:\.(\d+))?$/.exec(lastEventId ?? '') ?? []
  return replyId ? { replyId, offset: Number(offset), reasoning: Number(reasoning) } : null
}
