import type { Context } from 'hono'
import * as z from 'zod'

import type { Owner } from '../../../contract/caller.ts'
import { ConversationId } from '../../../contract/conversation.ts'
import { TOPIC_LENGTH } from '../../../contract/limits.ts'
import { type Hit, SEARCH_PAGE, SearchAnswer } from '../../../contract/search.ts'
import { Text } from '../../../contract/text.ts'
import { QUERY_LENGTH, QUERY_TERMS, type Query, matchOf, queryOf } from '../../../search/query.ts'
import { NOISE, columnsFor } from '../../../search/texts.ts'
import { isOn } from '../../../settings.ts'
import { type HonoEnv, requireOwner } from '../../caller/caller.ts'
import { askIndex } from '../../frame/ask.ts'
import { createRoute, forCallers, json, problems, routes, security } from '../../frame/openapi.ts'
import {
  numberParameter,
  readSearchCursor,
  searchCursor,
  wordParameter,
  wordsParameter,
} from '../../frame/parameters.ts'
import { Problem, granted } from '../../frame/problem.ts'
import { limitReads } from '../../frame/rate-limits.ts'

const Moment = z.iso
  .datetime({ offset: true, error: 'Send a date and time, such as 2026-11-25T00:00:00Z' })
  .transform((text) => Date.parse(text))
  .meta({ type: 'string', format: 'date-time' })

export const SearchRequest = z.strictObject({
  q: Text.min(1, 'Send at least one word to look for').max(QUERY_LENGTH).meta({
    description:
      'Words that all have to occur, "phrases", the beginnings of words*, and -words that must not occur',
  }),
  role: wordParameter(['system', 'user', 'assistant', 'tool'])
    .optional()
    .meta({ description: 'Only messages of this role' }),
  in: wordsParameter(NOISE).optional().meta({
    description:
      'What is searched besides titles and what people and models say: some of tools, system, reasoning, with commas',
  }),
  after: Moment.optional().meta({ description: 'Said then or later' }),
  before: Moment.optional().meta({ description: 'Said before that' }),
  status: wordParameter(['active', 'archived', 'all']).default('all'),
  topic: Text.min(1).max(TOPIC_LENGTH).optional(),
  conversation_id: ConversationId.optional(),
  limit: numberParameter(1, SEARCH_PAGE).default(20),
  cursor: z.string().optional(),
})
export type SearchRequest = z.infer<typeof SearchRequest>

const search = createRoute({
  operationId: 'search',
  tags: ['Search'],
  security,
  summary: 'Find again what was said, in all of my conversations: the best finds first',
  description:
    'If more than 500 messages match, titles come first, then the newest messages. A cursor keeps to the order that it began in.',
  method: 'get',
  path: '/api/search',
  middleware: [limitReads] as const,
  request: { query: SearchRequest },
  responses: {
    200: json(SearchAnswer, 'A page'),
    ...problems(...forCallers, 'rate-limited', 'no-search'),
  },
})

export const searchRoutes = routes().openapi(search, async (c) => {
  const request = c.req.valid('query')
  const { hits, ...rest } = await found(c, requireOwner(c.get('caller')), request)
  // The index has written the finds as they go out.
  const body = `{"object":"list","data":${hits},${JSON.stringify(rest).slice(1)}`
  return c.body(body, 200, { 'content-type': 'application/json' }) as never
})

/** What an owner's index finds. */
export async function find(c: Context<HonoEnv>, owner: Owner, request: SearchRequest) {
  const { hits, ...rest } = await found(c, owner, request)
  return { data: JSON.parse(hits) as Hit[], ...rest }
}

/** The same, with the finds in JSON. */
async function found(c: Context<HonoEnv>, owner: Owner, request: SearchRequest) {
  if (!isOn(c.env, 'SEARCH', true)) throw new Problem('no-search')
  const query = readQuery(request.q)
  const columns = columnsFor(request.role, request.in ?? [])
  const filters = {
    match: matchOf(query, columns),
    conversationId: request.conversation_id ?? null,
    status: request.status,
    topic: request.topic ?? null,
    after: request.after ?? null,
    before: request.before ?? null,
  }
  const { cursor, limit } = request
  const asked = JSON.stringify(filters)
  const from = cursor === undefined ? null : readSearchCursor(cursor, asked)
  const wanted = { ...filters, from, limit, terms: query.wanted, columns }
  const { hits, next, indexed } = granted(await askIndex(c, owner, (index) => index.find(wanted)))
  const next_cursor = next && searchCursor(next, asked)
  return { hits, has_more: next !== null, next_cursor, indexed }
}

function readQuery(q: string): Query {
  const query = queryOf(q)
  const refused = (detail: string) =>
    new Problem('invalid-request', { errors: [{ pointer: '?q', detail }] })
  if (query.wanted.length === 0) throw refused('Send at least one word to look for')
  if (query.wanted.length + query.unwanted.length > QUERY_TERMS) {
    throw refused(`More than ${QUERY_TERMS} words`)
  }
  return query
}
