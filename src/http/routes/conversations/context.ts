import * as z from 'zod'

import { Context } from '../../../contract/context.ts'
import { Conversation, ConversationId } from '../../../contract/conversation.ts'
import { MESSAGES_PER_PAGE } from '../../../contract/limits.ts'
import { ask } from '../../frame/ask.ts'
import { createRoute, forCallers, json, problems, routes, security } from '../../frame/openapi.ts'
import { numberParameter } from '../../frame/parameters.ts'
import { granted } from '../../frame/problem.ts'
import { limitReads, limitReplies } from '../../frame/rate-limits.ts'

const tags = ['Memory']
const params = z.object({ id: ConversationId })

const getContext = createRoute({
  operationId: 'getContext',
  tags,
  security,
  summary: 'Exactly what `continue` would send the model',
  method: 'get',
  path: '/api/conversations/{id}/context',
  middleware: [limitReads] as const,
  request: {
    params,
    query: z.strictObject({
      max_messages: numberParameter(1, MESSAGES_PER_PAGE).optional().meta({
        description: '20 by default',
      }),
      max_tokens: numberParameter(100, 1_000_000).optional().meta({
        description: 'Estimated; CONTEXT_TOKENS by default',
      }),
    }),
  },
  responses: {
    200: json(Context, 'The context'),
    ...problems(...forCallers, 'rate-limited', 'no-such-conversation'),
  },
})

const summarizeConversation = createRoute({
  operationId: 'summarizeConversation',
  tags,
  security,
  summary: 'A summary now; if nothing is new, the one that exists',
  method: 'post',
  path: '/api/conversations/{id}/summarize',
  middleware: [limitReplies] as const,
  request: { params },
  responses: {
    200: json(Conversation, 'The conversation with its summary'),
    ...problems(
      ...forCallers,
      'rate-limited',
      'no-such-conversation',
      'no-model',
      'model-failed',
      'model-overloaded',
      'model-timeout',
    ),
  },
})

export const contextRoutes = routes()
  .openapi(getContext, async (c) => {
    const { max_messages: maxMessages = null, max_tokens: maxTokens = null } = c.req.valid('query')
    const { id } = c.req.valid('param')
    const { window } = granted(
      await ask(c, id, (object, call) => object.context(call, { maxMessages, maxTokens })),
    )
    return c.json(
      {
        object: 'context' as const,
        conversation_id: id,
        messages: window.messages,
        summary_used: window.summaryUsed,
        first_seq: window.firstSeq,
        last_seq: window.lastSeq,
        message_count: window.messageCount,
        token_estimate: window.tokenEstimate,
      },
      200,
    )
  })
  .openapi(summarizeConversation, async (c) => {
    const { conversation } = granted(
      await ask(c, c.req.valid('param').id, (object, call) => object.summarise(call)),
    )
    return c.json(conversation, 200)
  })
