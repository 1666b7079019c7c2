import * as z from 'zod'

import { ConversationId } from '../contract/conversation.ts'
import { streamClosings } from '../contract/reply.ts'
import { ask } from './ask.ts'
import { createRoute, forCallers, problems, routes, security } from './openapi.ts'
import { granted } from './problem.ts'

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
    params: z.object({ id: ConversationId }),
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
    ...problems(...forCallers, 'no-such-conversation', 'too-many-streams'),
  },
})

export const streamRoutes = routes().openapi(joinReply, async (c) => {
  const { events } = granted(
    await ask(c, c.req.valid('param').id, (object, call) =>
      object.stream(call, placeOf(c.req.valid('header')['last-event-id'])),
    ),
  )
  if (events === null) return c.body(null, 204)
  return c.body(events, 200, eventStream)
})

// Proxies that buffer would hold back what is there.
export const eventStream = { 'content-type': 'text/event-stream', 'x-accel-buffering': 'no' }

function placeOf(lastEventId: string | undefined) {
  const [replyId, offset] = (lastEventId ?? '').split(':')
  return replyId && offset ? { replyId, offset: Number(offset) } : null
}
