import * as z from 'zod'

import type { Caller } from '../../../contract/caller.ts'
import {
  Conversation,
  ConversationId,
  ConversationPatch,
  ConversationWithMessages,
} from '../../../contract/conversation.ts'
import { MESSAGES_PER_PAGE } from '../../../contract/limits.ts'
import { ownerOf, withUrls } from '../../files/shown.ts'
import { ask } from '../../frame/ask.ts'
import {
  bodyOf,
  createRoute,
  forBodies,
  forCallers,
  json,
  problems,
  routes,
  security,
} from '../../frame/openapi.ts'
import { historyCursor, numberParameter } from '../../frame/parameters.ts'
import { Problem, granted } from '../../frame/problem.ts'
import { limitReads, limitWrites } from '../../frame/rate-limits.ts'

const tags = ['Conversations']
const params = z.object({ id: ConversationId })
const DEFAULT_PAGE = 50

const getConversation = createRoute({
  operationId: 'getConversation',
  tags,
  security,
  summary: 'A conversation with its newest messages',
  method: 'get',
  path: '/api/conversations/{id}',
  middleware: [limitReads] as const,
  request: {
    params,
    query: z.strictObject({
      limit: numberParameter(1, MESSAGES_PER_PAGE).default(DEFAULT_PAGE),
    }),
  },
  responses: {
    200: json(ConversationWithMessages, 'The conversation'),
    ...problems(...forCallers, 'rate-limited', 'no-such-conversation'),
  },
})

const patchConversation = createRoute({
  operationId: 'patchConversation',
  tags,
  security,
  summary: 'Rename it, resolve it, archive or restore it, change what is noted of it',
  method: 'patch',
  path: '/api/conversations/{id}',
  middleware: [limitWrites] as const,
  request: { params, ...bodyOf(ConversationPatch, { title: 'A longer trip' }) },
  responses: {
    200: json(Conversation, 'The conversation as it is now'),
    ...problems(
      ...forCallers,
      ...forBodies,
      'no-such-conversation',
      'summary-behind',
      'conversation-busy',
    ),
  },
})

const archiveConversation = createRoute({
  operationId: 'archiveConversation',
  tags,
  security,
  summary: 'Archive it. Nothing is lost: it stays readable, and a new message brings it back',
  method: 'delete',
  path: '/api/conversations/{id}',
  middleware: [limitWrites] as const,
  request: { params },
  responses: {
    200: json(Conversation, 'The archived conversation'),
    ...problems(...forCallers, 'rate-limited', 'no-such-conversation'),
  },
})

export const conversationRoutes = routes()
  .openapi(getConversation, async (c) => {
    const { limit } = c.req.valid('query')
    const { conversation, messages, hasMore, end } = granted(
      await ask(c, c.req.valid('param').id, (object, call) => object.read(call, limit)),
    )
    const oldest = messages[0]
    const next_cursor =
      hasMore && oldest
        ? historyCursor({ order: 'desc', from: oldest.seq, end }, conversation.id)
        : null
    const shown = await withUrls(c, ownerOf(conversation), messages)
    return c.json({ ...conversation, messages: shown, has_more: hasMore, next_cursor }, 200)
  })
  .openapi(patchConversation, async (c) => {
    const patch = c.req.valid('json')
    if (patch.summary !== undefined && c.get('caller').service === null) {
      const errors = [{ pointer: '/summary', detail: 'Only services write summaries' }]
      throw new Problem('not-permitted', { errors })
    }
    if (patch.hold !== undefined) admitHold(c.get('caller'))
    const { conversation } = granted(
      await ask(c, c.req.valid('param').id, (object, call) => object.patch(call, patch)),
    )
    return c.json(conversation, 200)
  })
  .openapi(archiveConversation, async (c) => {
    const { conversation } = granted(
      await ask(c, c.req.valid('param').id, (object, call) =>
        object.patch(call, { is_active: false }),
      ),
    )
    return c.json(conversation, 200)
  })

function admitHold({ service }: Caller): void {
  if (service?.scopes.includes('hold')) return
  const errors = [{ pointer: '/hold', detail: 'Only services with the scope hold set and lift it' }]
  throw new Problem('not-permitted', { errors })
}
