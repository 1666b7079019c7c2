import type { Context } from 'hono'
import * as z from 'zod'

import type { Conversation } from '../../contract/conversation.ts'
import type { ProblemType } from '../../contract/problem.ts'
import { log } from '../../events.ts'
import { toConversation } from '../../storage/conversations.ts'
import { openDatabase } from '../../storage/database.ts'
import { conversationsOf } from '../../storage/lists.ts'
import { troubleOf } from '../../storage/trouble.ts'
import { type HonoEnv, requireOwner } from '../caller/caller.ts'
import { takeFiles } from '../files/take.ts'
import { ask } from '../frame/ask.ts'
import { languageOf } from '../frame/language.ts'
import {
  bodyOf,
  createRoute,
  forBodies,
  forCallers,
  json,
  routes,
  security,
} from '../frame/openapi.ts'
import { wordParameter } from '../frame/parameters.ts'
import { Problem, granted, tryAgain } from '../frame/problem.ts'
import { limitReads, limitWrites } from '../frame/rate-limits.ts'
import { admit } from '../routes/conversations/create.ts'
import { toDrafts } from '../routes/messages/roles.ts'
import { errors } from './errors.ts'
import { ConversationParam, conversationId, uuidIn } from './ids.ts'
import { messagesOf } from './items-in.ts'
import { refuseOtherConversation } from './keyed.ts'
import { beginning, inItsPlace, isKeyed, messageId, seriesOf } from './retries.ts'
import {
  ConversationObject,
  ConversationUpdate,
  NewConversation,
  listOf,
  listed,
  page,
  shapeOf,
} from './shapes.ts'

const tags = ['OpenAI']
const params = z.object({ id: ConversationParam })

/** What any call about one conversation may be refused for. */
export const aboutOne = [...forCallers, 'no-such-conversation'] as const satisfies ProblemType[]

const create = createRoute({
  operationId: 'openaiCreateConversation',
  tags,
  security,
  summary: 'Create a conversation, with its first items if there are any',
  method: 'post',
  path: '/v1/conversations',
  middleware: [limitWrites] as const,
  request: bodyOf(NewConversation, { items: [{ role: 'user', content: 'Where shall we go?' }] }),
  responses: {
    200: json(ConversationObject, 'Created'),
    ...errors(
      ...forCallers,
      ...forBodies,
      'unsupported-parameter',
      'over-quota',
      'message-id-taken',
      'key-taken',
      'too-many-conversations',
      'session-linked',
    ),
  },
})

const list = createRoute({
  operationId: 'openaiListConversations',
  tags,
  security,
  summary: 'My conversations, the most recently used first. OpenAI has no such list',
  method: 'get',
  path: '/v1/conversations',
  middleware: [limitReads] as const,
  request: {
    query: z.looseObject({
      ...page,
      order: wordParameter(['desc']).default('desc'),
      status: wordParameter(['active', 'archived', 'all']).default('active'),
    }),
  },
  responses: { 200: json(listOf(ConversationObject), 'A page'), ...errors(...aboutOne) },
})

const retrieve = createRoute({
  operationId: 'openaiRetrieveConversation',
  tags,
  security,
  summary: 'A conversation',
  method: 'get',
  path: '/v1/conversations/{id}',
  middleware: [limitReads] as const,
  request: { params },
  responses: { 200: json(ConversationObject, 'It'), ...errors(...aboutOne) },
})

const update = createRoute({
  operationId: 'openaiUpdateConversation',
  tags,
  security,
  summary: 'Set a conversation’s metadata, in place of what it had',
  method: 'post',
  path: '/v1/conversations/{id}',
  middleware: [limitWrites] as const,
  request: { params, ...bodyOf(ConversationUpdate, { metadata: { topic: 'a trip' } }) },
  responses: { 200: json(ConversationObject, 'It'), ...errors(...aboutOne, ...forBodies) },
})

const remove = createRoute({
  operationId: 'openaiDeleteConversation',
  tags,
  security,
  summary: 'Erase a conversation for good',
  method: 'delete',
  path: '/v1/conversations/{id}',
  middleware: [limitWrites] as const,
  request: { params },
  responses: {
    200: json(
      z.object({
        id: z.string(),
        object: z.literal('conversation.deleted'),
        deleted: z.literal(true),
      }),
      'It is not there any more',
    ),
    ...errors(...aboutOne, 'on-hold'),
  },
})

/** A conversation of the caller's, as it is. */
export async function readOne(c: Context<HonoEnv>, id: string): Promise<Conversation> {
  return granted(await ask(c, id, (object, call) => object.read(call, 1))).conversation
}

const takenFor = new Set<string>(['id-taken', 'conversation-started'])
export const openaiConversationRoutes = routes()
  .openapi(create, async (c) => {
    const { items, metadata = {} } = c.req.valid('json')
    const owner = requireOwner(c.get('caller'))
    const series = inItsPlace(await seriesOf(c, 'conversation'))
    const messages = messagesOf(items ?? [], 'items', (kind, place) =>
      messageId(series, kind, place),
    )
    const drafts = toDrafts(c.env, c.get('caller'), messages)
    const beginnings = { title: null, topic: null, language: languageOf(c), metadata }
    const conversation = await beginning(c, async (id, isAgain) => {
      await admit(c, owner, id)
      const taken = await takeFiles(c, id, drafts)
      const answer = await ask(c, id, (object, call) =>
        object.create(call, beginnings, taken, isAgain && !isKeyed(c)),
      )
      if (isKeyed(c)) refuseOtherConversation(answer, metadata)
      const isTaken = answer.ok ? !answer.isNew && !isAgain : takenFor.has(answer.why)
      return isTaken ? null : granted(answer).conversation
    })
    return c.json(shapeOf(conversation), 200)
  })
  .openapi(list, async (c) => {
    const { limit, after, status } = c.req.valid('query')
    const owner = requireOwner(c.get('caller'))
    const before = after === undefined ? undefined : await positionOf(c, after)
    const { rows, next } = await conversationsOf(
      openDatabase(c.env.DB),
      owner,
      { status },
      before,
      limit,
    ).catch((error: unknown) => {
      log({ event: 'list-failed', error: troubleOf(error), request_id: c.get('requestId') })
      throw tryAgain('The list cannot be read right now. Each conversation can.')
    })
    const data = rows.map((row) => shapeOf(toConversation(row)))
    return c.json(listed(data, next !== null), 200)
  })
  .openapi(retrieve, async (c) => c.json(shapeOf(await readOne(c, c.req.valid('param').id)), 200))
  .openapi(update, async (c) => {
    const { id } = c.req.valid('param')
    const { metadata } = c.req.valid('json')
    const { metadata: standing } = await readOne(c, id)
    const gone = Object.fromEntries(Object.keys(standing).map((key) => [key, null]))
    const patch = { metadata: { ...gone, ...metadata } }
    const { conversation } = granted(await ask(c, id, (object, call) => object.patch(call, patch)))
    return c.json(shapeOf(conversation), 200)
  })
  .openapi(remove, async (c) => {
    const { id } = c.req.valid('param')
    granted(await ask(c, id, (object, call) => object.erase(call)))
    const answer = {
      id: conversationId(id),
      object: 'conversation.deleted',
      deleted: true,
    } as const
    return c.json(answer, 200)
  })

/** Where a page goes on: after a conversation, at the place that it has now. */
async function positionOf(c: Context<HonoEnv>, after: string) {
  const id = uuidIn(after)
  const answer = id === null ? null : await ask(c, id, (object, call) => object.read(call, 1))
  if (id === null || !answer?.ok) {
    const detail = 'No conversation of yours has this id. Take last_id as it came'
    throw new Problem('invalid-request', { errors: [{ pointer: '?after', detail }] })
  }
  return { time: Date.parse(answer.conversation.updated_at), id }
}
