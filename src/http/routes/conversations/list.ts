import type { Context } from 'hono'
import * as z from 'zod'

import { Conversation, Language } from '../../../contract/conversation.ts'
import { CONVERSATIONS_PER_PAGE } from '../../../contract/limits.ts'
import { listOf } from '../../../contract/list.ts'
import { log } from '../../../events.ts'
import { toConversation } from '../../../storage/conversations.ts'
import { openDatabase } from '../../../storage/database.ts'
import {
  type Filter,
  type ListPage,
  activeConversations,
  conversationsOf,
} from '../../../storage/lists.ts'
import { troubleOf } from '../../../storage/trouble.ts'
import { type HonoEnv, requireOwner } from '../../caller/caller.ts'
import { createRoute, forCallers, json, problems, routes, security } from '../../frame/openapi.ts'
import {
  listCursor,
  numberParameter,
  readListCursor,
  wordParameter,
} from '../../frame/parameters.ts'
import { Problem, tryAgain } from '../../frame/problem.ts'
import { limitReads } from '../../frame/rate-limits.ts'

const Flag = wordParameter(['true', 'false']).transform((value) => value === 'true')

const listConversations = createRoute({
  operationId: 'listConversations',
  tags: ['Conversations'],
  security,
  summary: 'My conversations, the most recently used first',
  method: 'get',
  path: '/api/conversations',
  middleware: [limitReads] as const,
  request: {
    query: z.strictObject({
      limit: numberParameter(1, CONVERSATIONS_PER_PAGE).default(20),
      cursor: z.string().optional(),
      status: wordParameter(['active', 'archived', 'all']).default('active'),
      resolved: Flag.optional(),
      topic: z.string().optional(),
      language: Language.optional(),
      scope: wordParameter(['mine', 'all']).default('mine').meta({
        description:
          'all: the active ones of everybody, by the day of their last use; for services with the scope read-all',
      }),
    }),
  },
  responses: {
    200: json(
      listOf(Conversation),
      'A page. With `resolved`, `topic` or `language` it looks at a thousand conversations: if few of those match, it is ' +
        'short or empty, and `next_cursor` goes on from there',
    ),
    ...problems(...forCallers, 'rate-limited'),
  },
})

export const conversationListRoutes = routes().openapi(listConversations, async (c) => {
  const { limit, cursor, scope, ...filter } = c.req.valid('query')
  const before = cursor === undefined ? undefined : readListCursor(cursor)
  const caller = c.get('caller')
  const db = openDatabase(c.env.DB)
  const isAll = scope === 'all'
  if (isAll) admitStaff(caller.service?.scopes.includes('read-all') ?? false, filter)
  const asked = isAll
    ? activeConversations(db, filter, before, limit)
    : conversationsOf(db, requireOwner(caller), filter, before, limit)
  return c.json(await listed(c, asked), 200)
})

/** A page as callers see it. */
export async function listed(c: Context<HonoEnv>, page: Promise<ListPage>) {
  const { rows, next } = await page.catch((error: unknown) => {
    log({ event: 'list-failed', error: troubleOf(error), request_id: c.get('requestId') })
    throw tryAgain('The list cannot be read right now. Each conversation can.')
  })
  return {
    object: 'list' as const,
    data: rows.map(toConversation),
    has_more: next !== null,
    next_cursor: next && listCursor(next),
  }
}

function admitStaff(mayReadAll: boolean, { status }: Filter): void {
  if (!mayReadAll)
    throw new Problem('not-permitted', { detail: 'scope=all needs the scope read-all.' })
  if (status === 'active') return
  const detail = 'scope=all lists active conversations: those have an index across owners'
  throw new Problem('invalid-request', { errors: [{ pointer: '?status', detail }] })
}
