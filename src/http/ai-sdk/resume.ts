import * as z from 'zod'

import { ask } from '../frame/ask.ts'
import { createRoute, forCallers, json, routes, security } from '../frame/openapi.ts'
import { Problem, granted } from '../frame/problem.ts'
import { limitReads, limitWrites } from '../frame/rate-limits.ts'
import { headers, uiMessageStream } from './chunks.ts'
import { keptOf } from './kept.ts'
import { textProblems } from './refused.ts'
import { chatOf } from './standing.ts'
import { uiIdOf } from './to-ui.ts'

const tags = ['AI SDK']
// What is no name of a chat is answered as one that is not there.
const params = z.object({ id: z.string() })

const resumeChat = createRoute({
  operationId: 'chatResume',
  tags,
  security,
  summary: 'The reply that runs, from its beginning: what `resume: true` asks for',
  method: 'get',
  path: '/api/chat/{id}/stream',
  middleware: [limitReads] as const,
  request: { params },
  responses: {
    200: {
      description: 'The reply, as a UI message stream, under the same message id',
      content: { 'text/event-stream': { schema: z.string() } },
    },
    204: { description: 'No reply runs, or there is no such chat' },
    ...textProblems(...forCallers, 'too-many-streams'),
  },
})

const StopRequest = z
  .looseObject({
    messageId: z.string().nullish().meta({
      description: 'The message that is streamed: stop this one, and no other',
    }),
  })
  .meta({ id: 'ChatStopRequest' })

const stopChat = createRoute({
  operationId: 'chatStop',
  tags,
  security,
  summary: 'Stop the reply that runs, and keep what it has said',
  description:
    '`stop()` of these clients only hangs up: the reply goes on unless this is called too.',
  method: 'post',
  path: '/api/chat/{id}/stop',
  middleware: [limitWrites] as const,
  request: {
    params,
    body: { content: { 'application/json': { schema: StopRequest, example: {} } } },
  },
  responses: {
    200: json(z.object({ stopped: z.boolean() }), 'Whether a reply was stopped'),
    ...textProblems(
      ...forCallers,
      'malformed-json',
      'body-too-large',
      'unsupported-media-type',
      'no-such-conversation',
    ),
  },
})

export const chatResumeRoutes = routes()
  .openapi(resumeChat, async (c) => {
    const chat = await chatOf(c, c.req.valid('param').id, [])
    const running = chat?.standing?.running
    if (!chat || !running) return c.body(null, 204)
    const place = { replyId: running.id, offset: 0, reasoning: 0 }
    const told = await ask(c, chat.id, (object, call) => object.stream(call, place, 'events'))
    const { events } = granted(told)
    if (events === null) return c.body(null, 204)
    const into = {
      turn: running.turn,
      denied: [],
      isReplay: true,
      askFirst: keptOf(running.extra).askFirst ?? [],
    }
    return c.body(uiMessageStream(events, into), 200, headers)
  })
  .openapi(stopChat, async (c) => {
    const { messageId } = c.req.valid('json') as z.infer<typeof StopRequest>
    const chat = await chatOf(c, c.req.valid('param').id, [])
    if (!chat?.standing) throw new Problem('no-such-conversation')
    const { running } = chat.standing
    const [first] = running?.turn ?? []
    const told = first ? uiIdOf(first) : running?.id
    if (!running || (messageId && messageId !== told)) return c.json({ stopped: false }, 200)
    granted(await ask(c, chat.id, (object, call) => object.stop(call, running.id)))
    return c.json({ stopped: true }, 200)
  })
