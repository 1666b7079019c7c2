import type { Context } from 'hono'
import { v7 as uuidv7 } from 'uuid'
import * as z from 'zod'

import { ONCE_LINKED } from '../../../contract/caller.ts'
import { Conversation } from '../../../contract/conversation.ts'
import { maxBlocks, overQuota } from '../../../contract/quota.ts'
import { ContinueAnswer, CreateRequest } from '../../../contract/reply.ts'
import { wholeNumber } from '../../../settings.ts'
import { countOfSession } from '../../../storage/conversations.ts'
import { openDatabase } from '../../../storage/database.ts'
import { linkOf } from '../../../storage/session-links.ts'
import { usageOf } from '../../../storage/usage.ts'
import { type HonoEnv, requireOwner } from '../../caller/caller.ts'
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
import { turnProblems, wantsStream } from '../messages/continue.ts'
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
      'session-linked',
    ),
  },
})

export const conversationCreateRoutes = routes().openapi(createConversation, async (c) => {
  const { id: given, messages = [], continue: asking, ...body } = c.req.valid('json')
  const id = given ?? uuidv7()
  requireOwner(c.get('caller'))
  if (asking) await limitReplies(c, async () => {})
  // In a conversation that the client named, by their place: so the same request again brings the same messages.
  const named = messages.map((message, index) => ({ id: `first-${index + 1}`, ...message }))
  const drafts = toDrafts(c.env, c.get('caller'), given === undefined ? messages : named)
  await admitSession(c, id)
  await admitOwner(c, id)
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
  return c.json(answer, isNew ? 201 : 200)
}

type Stub = ReturnType<Env['CONVERSATION']['getByName']>
type Beginnings = Parameters<Stub['begin']>[1]
type BeginRequest = Parameters<Stub['begin']>[2]

/**
 * What an anonymous session may not: start anything once it was handed to a user, or have more than so many
 * conversations. With D1 out of reach neither is known, and creating goes on. A link that comes too late to be seen
 * here is seen by the flush.
 */
export async function admitSession(c: Context<HonoEnv>, id: string): Promise<void> {
  const { owner, service } = c.get('caller')
  if (owner?.kind !== 'session') return
  const most = wholeNumber(c.env, 'MAX_CONVERSATIONS_PER_SESSION', 100)
  const db = openDatabase(c.env.DB)
  const known = Promise.all([
    linkOf(db, owner.id),
    service ? 0 : countOfSession(db, owner.id, most),
  ])
  const [link, count] = await patiently(known, [null, 0] as const)
  if (link) throw new Problem('session-linked', { detail: ONCE_LINKED })
  if (count < most || (await isRetry(c, id))) return
  throw new Problem('too-many-conversations', {
    detail: `An anonymous session may have ${most} conversations. Log in to keep more.`,
  })
}

/** Each conversation knows what its owner may store once it is in the record; a new one has to be asked for here. */
export async function admitOwner(c: Context<HonoEnv>, id: string): Promise<void> {
  const { owner } = c.get('caller')
  const most = maxBlocks(c.env)
  if (owner === null || most === null) return
  const blocks = await patiently(usageOf(openDatabase(c.env.DB), owner), 0)
  if (blocks >= most && !(await isRetry(c, id))) granted(overQuota(blocks, most))
}

/** Creating a conversation again that stands already makes no new one. */
const isRetry = async (c: Context<HonoEnv>, id: string): Promise<boolean> =>
  (await ask(c, id, (object, call) => object.read(call, 1))).ok
