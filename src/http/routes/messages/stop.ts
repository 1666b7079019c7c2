import * as z from 'zod'

import { Conversation, ConversationId } from '../../../contract/conversation.ts'
import { Message, MessageId } from '../../../contract/message.ts'
import { ask } from '../../frame/ask.ts'
import {
  createRoute,
  forBodies,
  forCallers,
  json,
  problems,
  routes,
  security,
} from '../../frame/openapi.ts'
import { granted } from '../../frame/problem.ts'
import { limitWrites } from '../../frame/rate-limits.ts'

const StopRequest = z
  .strictObject({
    reply_id: MessageId.optional().meta({ description: 'Stop this one, and no other' }),
  })
  .meta({ id: 'StopRequest' })

const stopReply = createRoute({
  operationId: 'stopReply',
  tags: ['Messages'],
  security,
  summary: 'Stop the running reply, and keep its text so far',
  description: 'Where it has just ended by itself: the message that it came to.',
  method: 'post',
  path: '/api/conversations/{id}/stop',
  middleware: [limitWrites] as const,
  request: {
    params: z.object({ id: ConversationId }),
    body: { content: { 'application/json': { schema: StopRequest, example: {} } } },
  },
  responses: {
    200: json(
      z.object({ message: z.union([Message, z.null()]), conversation: Conversation }),
      'The reply with its text so far; null if it had said nothing, or if no reply was running',
    ),
    ...problems(...forCallers, ...forBodies, 'no-such-conversation'),
  },
})

export const stopRoutes = routes().openapi(stopReply, async (c) => {
  const { reply_id: replyId = null } = c.req.valid('json') as z.infer<typeof StopRequest>
  const { ok: _, ...answer } = granted(
    await ask(c, c.req.valid('param').id, (object, call) => object.stop(call, replyId)),
  )
  return c.json(answer, 200)
})
