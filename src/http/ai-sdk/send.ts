import type { Context } from 'hono'
import * as z from 'zod'

import type { JsonObject } from '../../contract/json.ts'
import { type HonoEnv, requireOwner } from '../caller/caller.ts'
import { takeFiles } from '../files/take.ts'
import { ask } from '../frame/ask.ts'
import { languageOf } from '../frame/language.ts'
import { bodyOf, createRoute, forBodies, forCallers, routes, security } from '../frame/openapi.ts'
import { Problem, granted } from '../frame/problem.ts'
import { limitReplies } from '../frame/rate-limits.ts'
import { admit } from '../routes/conversations/create.ts'
import { turnProblems } from '../routes/messages/continue.ts'
import { headers, uiMessageStream } from './chunks.ts'
import { type Copy, copyOf, idsIn } from './copy.ts'
import { withFiles } from './files.ts'
import { AI_SDK } from './kept.ts'
import { type Plan, planOf } from './plan.ts'
import { textProblems } from './refused.ts'
import { chatOf } from './standing.ts'
import { ChatRequest } from './ui-message.ts'

const sendMessages = createRoute({
  operationId: 'chatSend',
  tags: ['AI SDK'],
  security,
  summary:
    'What `useChat` sends: a new message, an edit, results of tools, or a wish for another reply',
  description:
    'Begins the chat if there is none of this id. The same request again adds nothing twice. What is refused is said in a ' +
    'short text, which these clients show people, with the type of the problem in the header `Hilo-Problem`.',
  method: 'post',
  path: '/api/chat',
  middleware: [limitReplies] as const,
  request: bodyOf(ChatRequest, {
    id: 'my-chat',
    messages: [{ id: 'm1', role: 'user', parts: [{ type: 'text', text: 'Hello' }] }],
  }),
  responses: {
    200: {
      description: 'The reply, as a UI message stream',
      content: { 'text/event-stream': { schema: z.string() } },
    },
    ...textProblems(
      ...forCallers,
      ...forBodies,
      ...turnProblems,
      'no-such-conversation',
      'id-taken',
      'conversation-started',
      'message-id-taken',
      'too-many-conversations',
      'session-linked',
    ),
  },
})

export const chatSendRoutes = routes().openapi(sendMessages, async (c) => {
  const request = await withFiles(c, c.req.valid('json'))
  const copy = await copyOf(request)
  const { plan, events } = await taken(c, request, copy)
  const { turn = [], denied = [] } = plan
  const into = { turn, denied, isReplay: false, askFirst: askFirst(request) }
  return c.body(uiMessageStream(events, into), 200, headers)
})

/** A turn that was taken. Of two tabs that begin a chat at once, one begins it, and the other goes on with it. */
async function taken(c: Context<HonoEnv>, request: ChatRequest, copy: Copy, isSecond = false) {
  const chat = await chatOf(c, request.id, idsIn(copy))
  if (chat === null) throw new Problem('no-such-conversation')
  const { id, standing } = chat
  const planned = await planOf(c, request, copy, standing)
  const plan = { ...planned, drafts: await takeFiles(c, id, planned.drafts) }
  if (standing === null) await admit(c, requireOwner(c.get('caller')), id)
  const turn = turnOf(request, plan)
  const beginnings = { title: null, topic: null, language: languageOf(c), metadata: {} }
  const told = await ask(c, id, (object, call) =>
    standing === null
      ? object.beginStreaming(call, beginnings, turn, 'events')
      : object.continueStreaming(call, turn, 'events'),
  )
  if (!told.ok && told.why === 'conversation-started' && !isSecond) {
    return taken(c, request, copy, true)
  }
  const { events } = granted(told)
  await goBack(c, id, plan)
  return { plan, events }
}

/**
 * The same request again may be of another branch than the conversation is on: it goes there, as the client did. A reply
 * that is only written now takes it there at its end.
 */
async function goBack(
  c: Context<HonoEnv>,
  id: string,
  { goesBack, parentId }: Plan,
): Promise<void> {
  if (!goesBack || !parentId) return
  const answer = await ask(c, id, (object, call) => object.patch(call, { head_id: parentId }))
  if (!answer.ok && answer.why !== 'conversation-busy') granted(answer)
}

const askFirst = ({ tools = [] }: ChatRequest): string[] =>
  tools.flatMap((tool) => (tool.needsApproval ? [tool.function.name] : []))

function turnOf(request: ChatRequest, { drafts, parentId, replyId, interrupts }: Plan) {
  const first = askFirst(request)
  const extra: JsonObject = { [AI_SDK]: { askFirst: first } }
  return {
    drafts,
    reply_id: replyId,
    model: request.model,
    tools: request.tools?.map(({ type, function: called }) => ({ type, function: called })),
    tool_choice: request.tool_choice,
    ...(parentId !== undefined && { parent_id: parentId }),
    ...(interrupts && { on_busy: 'interrupt' as const }),
    ...(first.length > 0 && { asked: { extra } }),
  }
}
