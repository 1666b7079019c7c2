import * as z from 'zod'

import { MESSAGES_PER_PAGE } from '../../contract/limits.ts'
import type { Message } from '../../contract/message.ts'
import { withUrls } from '../files/shown.ts'
import { ask } from '../frame/ask.ts'
import { createRoute, forCallers, json, routes, security } from '../frame/openapi.ts'
import { historyCursor, readHistoryCursor } from '../frame/parameters.ts'
import { granted } from '../frame/problem.ts'
import { limitReads } from '../frame/rate-limits.ts'
import { textProblems } from './refused.ts'
import { chatOf } from './standing.ts'
import { turnsOf, uiMessageOf } from './to-ui.ts'
import { ShownMessage } from './ui-message.ts'

const initialMessages = createRoute({
  operationId: 'chatMessages',
  tags: ['AI SDK'],
  security,
  summary: 'The messages of a chat, for `useChat({ messages })`',
  description:
    'The newest, oldest first: a page of the branch that the chat is on. If there are older ones, the header `Link` leads to ' +
    'them. None if there is no such chat: a page has its id before anything is said.',
  method: 'get',
  path: '/api/chat/{id}/messages',
  middleware: [limitReads] as const,
  request: {
    params: z.object({ id: z.string() }),
    query: z.strictObject({ cursor: z.string().optional() }),
  },
  responses: {
    200: json(z.array(ShownMessage), 'UI messages'),
    ...textProblems(...forCallers, 'no-such-conversation'),
  },
})

export const chatMessagesRoutes = routes().openapi(initialMessages, async (c) => {
  const { cursor } = c.req.valid('query')
  const name = c.req.valid('param').id
  const chat = await chatOf(c, name, [])
  if (!chat?.standing) return c.json([], 200)
  const position = cursor === undefined ? null : readHistoryCursor(cursor, chat.id)
  const request = {
    order: 'desc' as const,
    from: position?.from ?? null,
    end: position?.end ?? null,
    branch: 'head' as const,
    limit: MESSAGES_PER_PAGE,
  }
  const page = granted(await ask(c, chat.id, (object, call) => object.history(call, request)))
  const shown = await withUrls(c, page.owner, page.messages.toReversed())
  const messages = wholeTurns(shown, page.hasMore)
  const [first] = messages
  if (page.hasMore && first) {
    const next = historyCursor({ order: 'desc', from: first.seq, end: page.end }, chat.id)
    const path = `/api/chat/${encodeURIComponent(name)}/messages`
    c.header('link', `<${path}?cursor=${encodeURIComponent(next)}>; rel="next"`)
  }
  return c.json(turnsOf(messages).map(uiMessageOf), 200)
})

/** Without the end of a turn whose beginning is on the next page, unless the whole page is one turn. */
function wholeTurns(messages: Message[], hasMore: boolean): Message[] {
  if (!hasMore) return messages
  const isStart = ({ role }: Message, index: number) =>
    role === 'user' ||
    role === 'system' ||
    (role === 'assistant' && index > 0 && messages[index - 1]?.role !== 'tool')
  const start = messages.findIndex(isStart)
  return start === -1 ? messages : messages.slice(start)
}
