import type { Context } from 'hono'
import { accepts } from 'hono/accepts'
import * as z from 'zod'

import { ConversationId } from '../../../contract/conversation.ts'
import type { ProblemType } from '../../../contract/problem.ts'
import { ContinueAnswer, ContinueRequest } from '../../../contract/reply.ts'
import type { HonoEnv } from '../../caller/caller.ts'
import { ownerOf, withUrls } from '../../files/shown.ts'
import { takeFiles } from '../../files/take.ts'
import { ask } from '../../frame/ask.ts'
import {
  bodyOf,
  createRoute,
  forBodies,
  forCallers,
  problems,
  routes,
  security,
} from '../../frame/openapi.ts'
import { granted } from '../../frame/problem.ts'
import { limitReplies } from '../../frame/rate-limits.ts'
import { toDrafts } from './roles.ts'
import { eventStream, lastEvents, serverSent } from './stream.ts'

/** What a route that has the model answer may answer with. */
export const turnProblems = [
  'nothing-to-answer',
  'tool-calls-outstanding',
  'over-quota',
  'session-linked',
  'moved-on',
  'conversation-busy',
  'reply-stopped',
  'too-many-streams',
  'no-model',
  'model-failed',
  'model-overloaded',
  'model-timeout',
] as const satisfies ProblemType[]

const continueConversation = createRoute({
  operationId: 'continueConversation',
  tags: ['Messages'],
  security,
  summary: 'Keep messages, have the model answer, keep its reply',
  description:
    'If all messages have ids, the same request again finds the reply, running or ended; it adds nothing twice. To ask for ' +
    'one more reply to a message, send its id as `parent_id`, no messages, and a `reply_id` by which it is found again.',
  method: 'post',
  path: '/api/conversations/{id}/continue',
  middleware: [limitReplies] as const,
  request: {
    params: z.object({ id: ConversationId }),
    ...bodyOf(ContinueRequest, { messages: [{ role: 'user', content: 'Where shall we go?' }] }),
  },
  responses: {
    200: {
      description:
        'The reply. As `text/event-stream` if that is accepted: `accepted {messages, reply_id}`, ' +
        `\`reasoning {content}\`, \`delta {content}\`, \`tool_calls {tool_calls}\`, then ${lastEvents}`,
      content: {
        'application/json': { schema: ContinueAnswer },
        'text/event-stream': { schema: z.string() },
      },
    },
    ...problems(
      ...forCallers,
      ...forBodies,
      'no-such-conversation',
      'message-id-taken',
      ...turnProblems,
    ),
  },
})

/** A reply, with addresses for its files, and for those of what it answers. */
export async function withAddresses(
  c: Context<HonoEnv>,
  answer: ContinueAnswer,
): Promise<ContinueAnswer> {
  const owner = ownerOf(answer.conversation)
  const [message, ...accepted] = await withUrls(c, owner, [answer.message, ...answer.accepted])
  return { ...answer, message: message!, accepted }
}

/** The reply as the caller accepts it: told as it is written, or whole. */
export const wantsStream = (c: Context): boolean =>
  accepts(c, {
    header: 'Accept',
    supports: ['application/json', 'text/event-stream'],
    default: 'application/json',
  }) === 'text/event-stream'

export const continueRoutes = routes().openapi(continueConversation, async (c) => {
  const { messages = [], ...rest } = c.req.valid('json')
  const { id } = c.req.valid('param')
  const drafts = await takeFiles(c, id, toDrafts(c.env, c.get('caller'), messages))
  const request = { ...rest, drafts }
  if (!wantsStream(c)) {
    const { ok: _, ...answer } = granted(
      await ask(c, id, (object, call) => object.continue(call, request)),
    )
    return c.json(await withAddresses(c, answer), 200)
  }
  const told = granted(
    await ask(c, id, (object, call) => object.continueStreaming(call, request, 'events')),
  )
  return c.body(serverSent(told), 200, eventStream)
})
