import * as z from 'zod'

import { ConversationId } from '../../../contract/conversation.ts'
import { Message } from '../../../contract/message.ts'
import { ask } from '../../frame/ask.ts'
import { createRoute, forCallers, json, problems, routes, security } from '../../frame/openapi.ts'
import { granted } from '../../frame/problem.ts'
import { limitWrites } from '../../frame/rate-limits.ts'

const deleteMessage = createRoute({
  operationId: 'deleteMessage',
  tags: ['Erasure'],
  security,
  summary: 'Delete what a message says. Its number and its place stay',
  description:
    'What follows it stays, and its id is not given again: the request that brought it is a 409 from then on.',
  method: 'delete',
  path: '/api/conversations/{id}/messages/{message_id}',
  middleware: [limitWrites] as const,
  request: { params: z.object({ id: ConversationId, message_id: z.string() }) },
  responses: {
    200: json(Message, 'What is left of it, with the status `deleted`'),
    ...problems(
      ...forCallers,
      'no-such-conversation',
      'no-such-message',
      'on-hold',
      'conversation-busy',
    ),
  },
})

export const deleteRoutes = routes().openapi(deleteMessage, async (c) => {
  const { id, message_id: messageId } = c.req.valid('param')
  const { message } = granted(
    await ask(c, id, (object, call) => object.deleteMessage(call, { id: messageId, part: null })),
  )
  return c.json(message, 200)
})
