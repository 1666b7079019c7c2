import type { Context } from 'hono'
import { v7 as uuidv7 } from 'uuid'
import * as z from 'zod'

import { ConversationId } from '../../contract/conversation.ts'
import { MESSAGES_PER_PAGE } from '../../contract/limits.ts'
import { NewMessageId } from '../../contract/message.ts'
import type { ProblemType } from '../../contract/problem.ts'
import { Text } from '../../contract/text.ts'
import { BEAT_MS } from '../../contract/thread.ts'
import type { HonoEnv } from '../caller/caller.ts'
import { ask } from '../frame/ask.ts'
import { bodyOf, createRoute, json, routes, security } from '../frame/openapi.ts'
import { numberParameter } from '../frame/parameters.ts'
import { Problem, granted } from '../frame/problem.ts'
import { limitReads, limitWrites } from '../frame/rate-limits.ts'
import { toWriting } from './content-in.ts'
import { ThreadMessages, messagesOf } from './message-list.ts'
import { Content, refusals, tags } from './openapi.ts'
import { ROOT } from './problems.ts'

const shared = { tags, security }
const params = z.object({ id: ConversationId })
const ofMessage = z.object({ id: ConversationId, message_id: z.string() })
const ExternalId = Text.min(1).max(255)
const ofWrites = [
  'conversation-busy',
  'over-quota',
  'lease-mismatch',
  'run-ended',
] as const satisfies ProblemType[]
const hello = { role: 'user', content: [{ type: 'text', text: 'Hello' }] }

const listMessages = createRoute({
  ...shared,
  operationId: 'assistantUiListMessages',
  summary: 'The messages of all branches, the newest first',
  method: 'get',
  path: `${ROOT}/v1/threads/{id}/messages`,
  middleware: [limitReads] as const,
  request: {
    params,
    query: z.strictObject({
      format: z.string().max(64).optional(),
      limit: numberParameter(1, MESSAGES_PER_PAGE).default(MESSAGES_PER_PAGE),
      after: z.string().optional().meta({ description: 'The last message of the page before' }),
    }),
  },
  responses: {
    200: json(ThreadMessages, 'A page; a shorter one than its limit is the last'),
    ...refusals('no-such-conversation'),
  },
})

const createMessage = createRoute({
  ...shared,
  operationId: 'assistantUiCreateMessage',
  summary: 'Keep a message, or begin one that is rewritten while it streams',
  method: 'post',
  path: `${ROOT}/v1/threads/{id}/messages`,
  middleware: [limitWrites] as const,
  request: {
    params,
    ...bodyOf(
      z
        .object({
          parent_id: z.string().nullable(),
          format: Text.min(1).max(64),
          content: Content,
          external_id: ExternalId.nullish(),
          parent_external_id: ExternalId.nullish(),
          open_run: z.boolean().optional(),
          lease_id: z.string().nullish(),
        })
        .meta({ id: 'AssistantUiNewMessage' }),
      { parent_id: null, format: 'aui/v0', content: hello },
    ),
  },
  responses: {
    200: json(
      z
        .object({
          message_id: z.string(),
          lease_id: z.string().optional(),
          heartbeat_interval_ms: z.int().optional(),
        })
        .meta({ id: 'AssistantUiMessageId' }),
      'It is kept; with a lease if `open_run` opened a run',
    ),
    ...refusals('no-such-conversation', ...ofWrites, 'message-id-taken'),
  },
})

const updateMessage = createRoute({
  ...shared,
  operationId: 'assistantUiUpdateMessage',
  summary: 'Rewrite a message while it streams; go on with one that is kept',
  method: 'put',
  path: `${ROOT}/v1/threads/{id}/messages/{message_id}`,
  middleware: [limitWrites] as const,
  request: {
    params: ofMessage,
    ...bodyOf(
      z
        .object({ content: Content, lease_id: z.string().nullish() })
        .meta({ id: 'AssistantUiMessageUpdate' }),
      { content: hello },
    ),
  },
  responses: {
    204: { description: 'Kept' },
    ...refusals('no-such-conversation', 'no-such-message', ...ofWrites, 'message-kept'),
  },
})

const deleteMessages = createRoute({
  ...shared,
  operationId: 'assistantUiDeleteMessages',
  summary: 'Not served: erase the thread',
  method: 'delete',
  path: `${ROOT}/v1/threads/{id}/messages`,
  middleware: [limitWrites] as const,
  request: { params },
  responses: refusals('no-such-conversation', 'not-served'),
})

export const messageRoutes = routes()
  .openapi(listMessages, async (c) => {
    const { after = null, ...query } = c.req.valid('query')
    const { id } = c.req.valid('param')
    const place = after === null ? null : await idOf(after)
    return messagesOf(c, id, { ...query, after: place })
  })
  .openapi(createMessage, async (c) => {
    const body = c.req.valid('json')
    const externalId = body.external_id ?? null
    const parent = body.parent_id ?? body.parent_external_id ?? null
    const id = externalId === null ? uuidv7() : await idOf(externalId)
    const { id: threadId } = c.req.valid('param')
    const writing = await toWriting(c, threadId, {
      id,
      format: body.format,
      content: body.content,
      ...(externalId !== null && externalId !== id && { externalId }),
    })
    const parentId = parent === null ? null : await idOf(parent)
    const { isOpen } = await act(c, threadId, {
      kind: 'write',
      write: { writing, parentId, isRunning: body.open_run ?? false },
    })
    const lease = isOpen && { lease_id: id, heartbeat_interval_ms: BEAT_MS }
    return c.json({ message_id: id, ...lease }, 200)
  })
  .openapi(updateMessage, async (c) => {
    const { id: threadId, message_id: given } = c.req.valid('param')
    const { content, lease_id: lease = null } = c.req.valid('json')
    const id = await idOf(given)
    const writing = await toWriting(c, threadId, { id, content })
    await act(c, threadId, { kind: 'rewrite', rewrite: { id, writing, lease } })
    return c.body(null, 204)
  })
  .openapi(deleteMessages, async (c) => {
    const { id } = c.req.valid('param')
    granted(await ask(c, id, (object, call) => object.read(call, 1)))
    throw new Problem('not-served', {
      detail: 'Hilo keeps every message of a thread. Erase the thread with DELETE.',
    })
  })

type Act = Parameters<ReturnType<Env['CONVERSATION']['getByName']>['actInThread']>[1]

/** What a client does to a message of a thread. */
export const act = async (c: Context<HonoEnv>, threadId: string, asked: Act) =>
  granted(await ask(c, threadId, (object, call) => object.actInThread(call, asked)))

/** The id that a message has here, by that of its client: the same if Hilo can take it. */
export async function idOf(given: string): Promise<string> {
  if (NewMessageId.safeParse(given).success) return given
  const bytes = new TextEncoder().encode(`assistant-ui\0${given.toWellFormed()}`)
  const digest = new Uint8Array(await crypto.subtle.digest('SHA-256', bytes))
  return `aui-${digest.toBase64({ alphabet: 'base64url', omitPadding: true })}`
}
