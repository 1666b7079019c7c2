import type { Context } from 'hono'
import * as z from 'zod'

import { Conversation, ConversationId } from '../../../contract/conversation.ts'
import { MESSAGES_PER_PAGE } from '../../../contract/limits.ts'
import { listOf } from '../../../contract/list.ts'
import { Message, MessageId, NewMessages } from '../../../contract/message.ts'
import { OnBusy, ParentId } from '../../../contract/reply.ts'
import type { HonoEnv } from '../../caller/caller.ts'
import { ownerOf, withUrls } from '../../files/shown.ts'
import { takeFiles } from '../../files/take.ts'
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
import {
  historyCursor,
  numberParameter,
  readHistoryCursor,
  wordParameter,
} from '../../frame/parameters.ts'
import { Problem, granted } from '../../frame/problem.ts'
import { limitReads, limitWrites } from '../../frame/rate-limits.ts'
import { toDrafts } from './roles.ts'

const tags = ['Messages']
const params = z.object({ id: ConversationId })

const listMessages = createRoute({
  operationId: 'listMessages',
  tags,
  security,
  summary: 'The history, page by page, from its start or from its end',
  method: 'get',
  path: '/api/conversations/{id}/messages',
  middleware: [limitReads] as const,
  request: {
    params,
    query: z.strictObject({
      limit: numberParameter(1, MESSAGES_PER_PAGE).default(50),
      cursor: z.string().optional(),
      order: wordParameter(['asc', 'desc']).optional().meta({
        description: 'asc (oldest first) by default; a cursor goes on in its own order',
      }),
      branch: MessageId.default('head').meta({
        description:
          'Which messages: those that lead to the head, those of all branches by `seq`, or those that lead to the ' +
          'message of this id. The same for each page',
      }),
      around: MessageId.optional().meta({
        description:
          'The messages before and after the one of this id, oldest first, on a branch that it is on. `previous_cursor` ' +
          'leads to the older ones, `next_cursor` to the newer ones. Leave the other parameters out, but limit',
      }),
    }),
  },
  responses: {
    200: json(
      listOf(Message).extend({
        previous_cursor: z.string().nullable().optional().meta({
          description: 'With `around`: leads to the older ones, the newest of them first',
        }),
      }),
      'A page; shorter than its limit if the messages are long',
    ),
    ...problems(...forCallers, 'rate-limited', 'no-such-conversation'),
  },
})

const appendMessages = createRoute({
  operationId: 'appendMessages',
  tags,
  security,
  summary: 'Keep messages without asking for a reply',
  method: 'post',
  path: '/api/conversations/{id}/messages',
  middleware: [limitWrites] as const,
  request: {
    params,
    ...bodyOf(
      z
        .strictObject({
          messages: NewMessages.min(1),
          expected_seq: z.int().min(0).optional().meta({
            description:
              'Refuse unless this is the number of the last message, before a reply is interrupted',
          }),
          on_busy: OnBusy,
          parent_id: ParentId,
        })
        .meta({ id: 'AppendRequest' }),
      { messages: [{ role: 'user', content: 'Where shall we go?' }] },
    ),
  },
  responses: {
    200: json(
      z.object({ messages: z.array(Message), conversation: Conversation }),
      'A retry that brought nothing new: the messages as they were stored',
    ),
    201: json(
      z.object({ messages: z.array(Message), conversation: Conversation }),
      'The messages as stored, in the order of the request',
    ),
    ...problems(
      ...forCallers,
      ...forBodies,
      'no-such-conversation',
      'message-id-taken',
      'over-quota',
      'session-linked',
      'seq-mismatch',
      'conversation-busy',
    ),
  },
})

export const messageRoutes = routes()
  .openapi(listMessages, async (c) => {
    const { id } = c.req.valid('param')
    const { limit, cursor, order, branch, around } = c.req.valid('query')
    if (around !== undefined) {
      if (cursor !== undefined || order !== undefined || c.req.query('branch') !== undefined) {
        const detail = 'With it, leave cursor, order and branch out'
        throw new Problem('invalid-request', { errors: [{ pointer: '?around', detail }] })
      }
      return c.json(await pageAround(c, id, around, limit), 200)
    }
    const position = cursor === undefined ? null : readHistoryCursor(cursor, id)
    if (position && order && position.order !== order) {
      const detail = `The cursor goes ${position.order}: leave order out, or start without a cursor`
      throw new Problem('invalid-request', { errors: [{ pointer: '?order', detail }] })
    }
    const request = {
      order: position?.order ?? order ?? 'asc',
      from: position?.from ?? null,
      end: position?.end ?? null,
      branch: branch === 'head' || branch === 'all' ? branch : { id: branch },
      limit,
    } as const
    const { messages, hasMore, end, owner } = granted(
      await ask(c, id, (object, call) => object.history(call, request)),
    )
    const data = await withUrls(c, owner, messages)
    const last = messages.at(-1)
    const next =
      hasMore && last ? historyCursor({ order: request.order, from: last.seq, end }, id) : null
    return c.json({ object: 'list' as const, data, has_more: hasMore, next_cursor: next }, 200)
  })
  .openapi(appendMessages, async (c) => {
    const {
      messages: sent,
      expected_seq: expectedSeq = null,
      on_busy: onBusy,
      parent_id: parentId,
    } = c.req.valid('json')
    const { id } = c.req.valid('param')
    const drafts = await takeFiles(c, id, toDrafts(c.env, c.get('caller'), sent))
    const { messages, conversation, isNew } = granted(
      await ask(c, id, (object, call) =>
        object.append(call, { drafts, expectedSeq, onBusy, parentId }),
      ),
    )
    const shown = await withUrls(c, ownerOf(conversation), messages)
    return c.json({ messages: shown, conversation }, isNew ? 201 : 200)
  })

/** The messages around one. From there pages lead both ways, on the same line. */
async function pageAround(c: Context<HonoEnv>, id: string, around: string, limit: number) {
  const { messages, hasOlder, hasNewer, end, owner } = granted(
    await ask(c, id, (object, call) => object.around(call, around, limit)),
  )
  const [first, last] = [messages[0], messages.at(-1)]
  return {
    object: 'list' as const,
    data: await withUrls(c, owner, messages),
    has_more: hasNewer,
    next_cursor: hasNewer && last ? historyCursor({ order: 'asc', from: last.seq, end }, id) : null,
    previous_cursor:
      hasOlder && first ? historyCursor({ order: 'desc', from: first.seq, end }, id) : null,
  }
}
