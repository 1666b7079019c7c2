import type { Context } from 'hono'
import { v7 as uuidv7 } from 'uuid'
import * as z from 'zod'

import {
  type Conversation,
  ConversationId,
  type ConversationPatch,
  Title,
} from '../../contract/conversation.ts'
import { asItCame } from '../../contract/json.ts'
import { CONVERSATIONS_PER_PAGE } from '../../contract/limits.ts'
import { Text } from '../../contract/text.ts'
import { log } from '../../events.ts'
import { toConversation } from '../../storage/conversations.ts'
import { openDatabase } from '../../storage/database.ts'
import { conversationsOf, placeInList } from '../../storage/lists.ts'
import { troubleOf } from '../../storage/trouble.ts'
import { type HonoEnv, requireOwner } from '../caller/caller.ts'
import { ask } from '../frame/ask.ts'
import { languageOf } from '../frame/language.ts'
import { bodyOf, createRoute, json, routes, security } from '../frame/openapi.ts'
import { numberParameter, wordParameter } from '../frame/parameters.ts'
import { granted, tryAgain } from '../frame/problem.ts'
import { limitReads, limitWrites } from '../frame/rate-limits.ts'
import { admit } from '../routes/conversations/create.ts'
import { idByExternal } from './external-id.ts'
import { refusals, tags } from './openapi.ts'
import { ROOT } from './problems.ts'
import { Thread, firstMetadata, metadataPatch, toThread } from './thread.ts'

const shared = { tags, security }
const params = z.object({ id: ConversationId })

/** An empty one is none. */
const ThreadTitle = z.union([Title, z.literal('').transform(() => null)])
const Anything = z.unknown().superRefine(asItCame)
/** Hilo knows itself when a message came last. */
const LastMessageAt = z.unknown().meta({ description: 'Taken, and not used' })

const listThreads = createRoute({
  ...shared,
  operationId: 'assistantUiListThreads',
  summary: 'My threads, the most recently used first',
  method: 'get',
  path: `${ROOT}/v1/threads`,
  middleware: [limitReads] as const,
  request: {
    query: z.strictObject({
      is_archived: wordParameter(['true', 'false'])
        .default('false')
        .transform((value) => value === 'true'),
      limit: numberParameter(1, CONVERSATIONS_PER_PAGE).default(20),
      after: z.string().optional().meta({ description: 'The last thread of the page before' }),
    }),
  },
  responses: {
    200: json(z.object({ threads: z.array(Thread) }).meta({ id: 'AssistantUiThreads' }), 'A page'),
    ...refusals(),
  },
})

const createThread = createRoute({
  ...shared,
  operationId: 'assistantUiCreateThread',
  summary: 'Create a thread; the same external id again is the same thread',
  method: 'post',
  path: `${ROOT}/v1/threads`,
  middleware: [limitWrites] as const,
  request: bodyOf(
    z
      .object({
        title: ThreadTitle.nullish(),
        last_message_at: LastMessageAt.optional(),
        metadata: Anything.optional(),
        external_id: Text.min(1).max(512).nullish(),
        upsert: z.boolean().optional(),
      })
      .meta({ id: 'AssistantUiNewThread' }),
    { last_message_at: '2026-11-26T00:00:00.000Z' },
  ),
  responses: {
    200: json(z.object({ thread_id: z.uuid() }).meta({ id: 'AssistantUiThreadId' }), 'It stands'),
    ...refusals('over-quota', 'too-many-conversations', 'session-linked', 'id-taken'),
  },
})

const getThread = createRoute({
  ...shared,
  operationId: 'assistantUiGetThread',
  summary: 'A thread',
  method: 'get',
  path: `${ROOT}/v1/threads/{id}`,
  middleware: [limitReads] as const,
  request: { params },
  responses: {
    200: json(z.object({ thread: Thread }).meta({ id: 'AssistantUiOneThread' }), 'The thread'),
    ...refusals('no-such-conversation'),
  },
})

const updateThread = createRoute({
  ...shared,
  operationId: 'assistantUiUpdateThread',
  summary: 'Rename it, archive or restore it, change what is noted of it',
  method: 'put',
  path: `${ROOT}/v1/threads/{id}`,
  middleware: [limitWrites] as const,
  request: {
    params,
    ...bodyOf(
      z
        .object({
          title: ThreadTitle.nullish(),
          last_message_at: LastMessageAt.optional(),
          metadata: Anything.optional(),
          is_archived: z.boolean().optional(),
        })
        .meta({ id: 'AssistantUiThreadUpdate' }),
      { title: 'A longer trip' },
    ),
  },
  responses: { 204: { description: 'Done' }, ...refusals('no-such-conversation') },
})

const deleteThread = createRoute({
  ...shared,
  operationId: 'assistantUiDeleteThread',
  summary: 'Erase a thread for good',
  method: 'delete',
  path: `${ROOT}/v1/threads/{id}`,
  middleware: [limitWrites] as const,
  request: { params },
  responses: { 204: { description: 'Erased' }, ...refusals('no-such-conversation', 'on-hold') },
})

export const threadRoutes = routes()
  .openapi(listThreads, async (c) => {
    const { limit, after, is_archived: isArchived } = c.req.valid('query')
    const owner = requireOwner(c.get('caller'))
    const db = openDatabase(c.env.DB)
    const place = ConversationId.safeParse(after).data
    const listed = async () => {
      // One that is gone meanwhile: its client has the page before, and gets the list from its start.
      const before = place === undefined ? undefined : await placeInList(db, owner, place)
      const status = isArchived ? 'archived' : 'active'
      return conversationsOf(db, owner, { status }, before ?? undefined, limit)
    }
    const { rows } = await listed().catch((error: unknown) => {
      log({ event: 'list-failed', error: troubleOf(error), request_id: c.get('requestId') })
      throw tryAgain('The list cannot be read right now. Each thread can.')
    })
    return c.json({ threads: rows.map((row) => toThread(toConversation(row))) }, 200)
  })
  .openapi(createThread, async (c) => {
    const { title, metadata, external_id: given, upsert = false } = c.req.valid('json')
    const owner = requireOwner(c.get('caller'))
    const externalId = given ?? undefined
    const id = externalId === undefined ? uuidv7() : await idByExternal(c, owner, externalId)
    const beginnings = {
      title: title ?? null,
      topic: null,
      language: languageOf(c),
      metadata: firstMetadata(metadata, externalId),
    }
    await admit(c, owner, id)
    const answer = await ask(c, id, (object, call) => object.create(call, beginnings, []))
    if (!answer.ok && answer.why === 'id-taken') {
      throw tryAgain('A thread of this external id is just being erased.', 60)
    }
    const { conversation, isNew } = granted(answer)
    if (!isNew && upsert) await update(c, conversation, { title, metadata })
    return c.json({ thread_id: id }, 200)
  })
  .openapi(getThread, async (c) => {
    const conversation = await read(c, c.req.valid('param').id)
    return c.json({ thread: toThread(conversation) }, 200)
  })
  .openapi(updateThread, async (c) => {
    const { title, metadata, is_archived: isArchived } = c.req.valid('json')
    const conversation = await read(c, c.req.valid('param').id)
    await update(c, conversation, { title, metadata, isArchived })
    return c.body(null, 204)
  })
  .openapi(deleteThread, async (c) => {
    granted(await ask(c, c.req.valid('param').id, (object, call) => object.erase(call)))
    return c.body(null, 204)
  })

async function read(c: Context<HonoEnv>, id: string): Promise<Conversation> {
  return granted(await ask(c, id, (object, call) => object.read(call, 1))).conversation
}

interface Update {
  title: string | null | undefined
  metadata: unknown
  isArchived?: boolean | undefined
}

async function update(
  c: Context<HonoEnv>,
  conversation: Conversation,
  { title, metadata, isArchived }: Update,
): Promise<void> {
  const patch: ConversationPatch = {
    ...(title !== undefined && { title }),
    ...(isArchived !== undefined && { is_active: !isArchived }),
    ...(metadata !== undefined && { metadata: metadataPatch(metadata, conversation.metadata) }),
  }
  granted(await ask(c, conversation.id, (object, call) => object.patch(call, patch)))
}
