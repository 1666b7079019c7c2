import type { Context } from 'hono'
import { v7 as uuidv7 } from 'uuid'
import * as z from 'zod'

import { ONCE_LINKED, type Owner } from '../../../contract/caller.ts'
import { Conversation } from '../../../contract/conversation.ts'
import { maxBlocks, overQuota } from '../../../contract/quota.ts'
import { ContinueAnswer, CreateRequest } from '../../../contract/reply.ts'
import { wholeNumber } from '../../../settings.ts'
import { openDatabase } from '../../../storage/database.ts'
import { beginnerOf } from '../../../storage/usage.ts'
import { type HonoEnv, requireOwner } from '../../caller/caller.ts'
import { takeFiles } from '../../files/take.ts'
import { ask } from '../../frame/ask.ts'
import { languageOf } from '../../frame/language.ts'
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
import { patiently } from '../../frame/patience.ts'
import { Problem, granted } from '../../frame/problem.ts'
import { limitReplies, limitWrites } from '../../frame/rate-limits.ts'
import { turnProblems, wantsStream, withAddresses } from '../messages/continue.ts'
import { toDrafts } from '../messages/roles.ts'
import { eventStream, serverSent } from '../messages/stream.ts'

const createConversation = createRoute({
  operationId: 'createConversation',
  tags: ['Conversations'],
  security,
  summary: 'Create a conversation, with its first messages if there are any',
  method: 'post',
  path: '/api/conversations',
  middleware: [limitWrites] as const,
  description:
    'With `continue`, the model answers the first messages in the same call. It is answered as `continue` is: with ' +
    'server-sent events if they are accepted, or with the reply. The same request again finds the reply.',
  request: bodyOf(CreateRequest, { title: 'A trip', language: 'en' }),
  responses: {
    200: {
      description:
        'It stood already: the same caller created the same id before. A stream of events, in either case',
      content: {
        'application/json': { schema: z.union([Conversation, ContinueAnswer]) },
        'text/event-stream': { schema: z.string() },
      },
    },
    201: json(z.union([Conversation, ContinueAnswer]), 'Created; with `continue`, the reply'),
    ...problems(
      ...forCallers,
      ...forBodies,
      ...turnProblems,
      'id-taken',
      'conversation-started',
      'message-id-taken',
      'too-many-conversations',
    ),
  },
})

export const conversationCreateRoutes = routes().openapi(createConversation, async (c) => {
  const { id: given, messages = [], continue: asking, ...body } = c.req.valid('json')
  const id = given ?? uuidv7()
  const owner = requireOwner(c.get('caller'))
  if (asking) await limitReplies(c, async () => {})
  // In a conversation that the client named, by their place: so the same request again brings the same messages.
  const named = messages.map((message, index) => ({ id: `first-${index + 1}`, ...message }))
  const sent = toDrafts(c.env, c.get('caller'), given === undefined ? messages : named)
  await admit(c, owner, id)
  const drafts = await takeFiles(c, id, sent)
  const beginnings = {
    title: body.title ?? null,
    topic: body.topic ?? null,
    language: body.language ?? languageOf(c),
    metadata: body.metadata ?? {},
  }
  c.header('location', `/api/conversations/${id}`)
  if (asking) return begun(c, id, beginnings, { drafts, ...asking })
  const { conversation, isNew } = granted(
    await ask(c, id, (object, call) => object.create(call, beginnings, drafts)),
  )
  return c.json(conversation, isNew ? 201 : 200)
})

async function begun(
  c: Context<HonoEnv>,
  id: string,
  beginnings: Beginnings,
  request: BeginRequest,
) {
  if (wantsStream(c)) {
    const told = granted(
      await ask(c, id, (object, call) =>
        object.beginStreaming(call, beginnings, request, 'events'),
      ),
    )
    return c.body(serverSent(told), 200, eventStream)
  }
  const {
    ok: _,
    isNew,
    ...answer
  } = granted(await ask(c, id, (object, call) => object.begin(call, beginnings, request)))
  return c.json(await withAddresses(c, answer), isNew ? 201 : 200)
}

type Stub = ReturnType<Env['CONVERSATION']['getByName']>
type Beginnings = Parameters<Stub['begin']>[1]
type BeginRequest = Parameters<Stub['begin']>[2]

const unknown = { isLinked: false, count: 0, blocks: 0 }

/**
 * What an anonymous session may not: start anything once it was handed to a user, or have more than so many
 * conversations. What nobody may: begin one with as much stored as is allowed; each conversation knows that itself once it
 * is in the record. With D1 out of reach none of it is known, and creating goes on. A link that comes too late to be seen
 * here is seen by the flush.
 */
export async function admit(c: Context<HonoEnv>, owner: Owner, id: string): Promise<void> {
  const isSession = owner.kind === 'session'
  const isCounted = isSession && c.get('caller').service === null
  const mostBlocks = maxBlocks(c.env)
  const most = isSession ? wholeNumber(c.env, 'MAX_CONVERSATIONS_PER_SESSION', 100) : 0
  if (!isSession && mostBlocks === null) return
  const asked = beginnerOf(openDatabase(c.env.DB), owner, isCounted ? most : 0)
  const { isLinked, count, blocks } = await patiently(asked, unknown)
  if (isLinked) throw new Problem('session-linked', { detail: ONCE_LINKED })
  const isFull = isCounted && count >= most
  const isOver = mostBlocks !== null && blocks >= mostBlocks
  if ((!isFull && !isOver) || (await isRetry(c, id))) return
  if (isOver && !isFull) granted(overQuota(blocks, mostBlocks))
  throw new Problem('too-many-conversations', {
    detail: `An anonymous session may have ${most} conversations. Log in to keep more.`,
  })
}

/** Creating a conversation again that stands already makes no new one. */
const isRetry = async (c: Context<HonoEnv>, id: string): Promise<boolean> =>
  (await ask(c, id, (object, call) => object.read(call, 1))).ok
