import * as z from 'zod'

import { ConversationId } from '../../contract/conversation.ts'
import { ask } from '../frame/ask.ts'
import { bodyOf, createRoute, routes, security } from '../frame/openapi.ts'
import { Problem, granted } from '../frame/problem.ts'
import { limitReplies } from '../frame/rate-limits.ts'
import { refusals, tags } from './openapi.ts'
import { ROOT } from './problems.ts'

const streamRun = createRoute({
  tags,
  security,
  operationId: 'assistantUiTitle',
  summary: 'A title for a thread, as text',
  method: 'post',
  path: `${ROOT}/v1/runs/stream`,
  middleware: [limitReplies] as const,
  request: bodyOf(
    z
      .object({
        thread_id: z.string(),
        assistant_id: z.string(),
        messages: z.array(z.unknown()).optional(),
      })
      .meta({ id: 'AssistantUiTitleRequest' }),
    { thread_id: '0198c0de-0000-7000-8000-000000000001', assistant_id: 'system/thread_title' },
  ),
  responses: {
    200: {
      description: 'The title; nothing while there is nothing to name it after',
      content: { 'text/plain': { schema: z.string() } },
    },
    ...refusals('no-such-conversation', 'not-served'),
  },
})

export const titleRoutes = routes().openapi(streamRun, async (c) => {
  const { thread_id: threadId, assistant_id: assistant } = c.req.valid('json')
  const id = ConversationId.safeParse(threadId).data
  if (id === undefined) throw new Problem('no-such-conversation')
  const isTitle = assistant === 'system/thread_title'
  const { title } = granted(
    await ask(c, id, async (object, call) =>
      isTitle ? object.entitle(call) : { ...(await object.read(call, 1)), title: null },
    ),
  )
  if (isTitle) return c.text(title ?? '', 200)
  throw new Problem('not-served', {
    detail:
      'Hilo names threads: assistant_id system/thread_title. Ask it for replies with another API.',
  })
})
