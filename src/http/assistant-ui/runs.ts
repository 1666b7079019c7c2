import * as z from 'zod'

import { ConversationId } from '../../contract/conversation.ts'
import { Text, textOf } from '../../contract/text.ts'
import { BEAT_MS } from '../../contract/thread.ts'
import { bodyOf, createRoute, json, routes, security } from '../frame/openapi.ts'
import { limitWrites } from '../frame/rate-limits.ts'
import { act, idOf } from './messages.ts'
import { refusals, tags } from './openapi.ts'
import { ROOT } from './problems.ts'

const ofRun = z.object({ id: ConversationId, lease_id: z.string() })
const ofMessage = z.object({ id: ConversationId, message_id: z.string() })

const beatRun = createRoute({
  tags,
  security,
  method: 'post',
  middleware: [limitWrites] as const,
  operationId: 'assistantUiHeartbeat',
  summary: 'The client goes on writing a message',
  path: `${ROOT}/v1/threads/{id}/runs/{lease_id}/heartbeat`,
  request: { params: ofRun },
  responses: {
    200: json(
      z.object({ heartbeat_interval_ms: z.int() }).meta({ id: 'AssistantUiHeartbeat' }),
      'How often to say so',
    ),
    ...refusals('no-such-conversation', 'no-such-message', 'run-ended'),
  },
})

const endRun = createRoute({
  tags,
  security,
  method: 'post',
  middleware: [limitWrites] as const,
  operationId: 'assistantUiEndRun',
  summary: 'The message is whole, or what there is of it is all',
  path: `${ROOT}/v1/threads/{id}/runs/{lease_id}/end`,
  request: {
    params: ofRun,
    ...bodyOf(
      z
        .object({ reason: z.enum(['done', 'cancelled', 'error']).default('done') })
        .meta({ id: 'AssistantUiRunEnd' }),
      { reason: 'done' },
    ),
  },
  responses: {
    204: { description: 'It is a message now' },
    ...refusals('no-such-conversation', 'no-such-message', 'conversation-busy'),
  },
})

const Feedback = z
  .object({
    type: z.enum(['positive', 'negative']),
    comment: textOf(4096).nullish(),
  })
  .meta({ id: 'AssistantUiFeedback' })

const giveFeedback = createRoute({
  tags,
  security,
  method: 'post',
  middleware: [limitWrites] as const,
  operationId: 'assistantUiFeedback',
  summary: 'What somebody thinks of a message; the last one counts',
  path: `${ROOT}/v1/threads/{id}/messages/{message_id}/feedback`,
  request: { params: ofMessage, ...bodyOf(Feedback, { type: 'positive' }) },
  responses: {
    200: json(
      z
        .object({
          feedback_id: z.string(),
          type: z.enum(['positive', 'negative']),
          comment: z.string().nullable(),
        })
        .meta({ id: 'AssistantUiFeedbackKept' }),
      'Kept with the message',
    ),
    ...refusals('no-such-conversation', 'no-such-message', 'conversation-busy'),
  },
})

const Score = z
  .object({
    name: Text.min(1).max(128),
    data_type: z.enum(['numeric', 'categorical', 'boolean']),
    value: z.union([z.number(), z.boolean()]).nullish(),
    string_value: Text.max(512).nullish(),
    comment: textOf(4096).nullish(),
    thread_id: z.string().nullish(),
    message_id: z.string().nullish(),
    run_id: z.string().nullish(),
  })
  .meta({ id: 'AssistantUiScore' })

const giveScore = createRoute({
  tags,
  security,
  method: 'post',
  middleware: [limitWrites] as const,
  operationId: 'assistantUiScore',
  summary: 'A score; kept if it is of a message',
  path: `${ROOT}/v1/scores`,
  request: bodyOf(Score, { name: 'helpful', data_type: 'boolean', value: true }),
  responses: {
    200: json(
      z
        .object({
          score_id: z.string(),
          name: z.string(),
          data_type: z.enum(['numeric', 'categorical', 'boolean']),
          value: z.number().nullable(),
          string_value: z.string().nullable(),
        })
        .meta({ id: 'AssistantUiScoreKept' }),
      'Kept with its message; without one it is not kept',
    ),
    ...refusals('no-such-conversation', 'no-such-message', 'conversation-busy'),
  },
})

export const runRoutes = routes()
  .openapi(beatRun, async (c) => {
    const { id, lease_id: lease } = c.req.valid('param')
    await act(c, id, { kind: 'heard', lease: await idOf(lease) })
    return c.json({ heartbeat_interval_ms: BEAT_MS }, 200)
  })
  .openapi(endRun, async (c) => {
    const { id, lease_id: lease } = c.req.valid('param')
    const { reason } = c.req.valid('json')
    await act(c, id, { kind: 'end', lease: await idOf(lease), reason })
    return c.body(null, 204)
  })
  .openapi(giveFeedback, async (c) => {
    const { id, message_id: messageId } = c.req.valid('param')
    const { type, comment } = c.req.valid('json')
    const said = comment?.trim() || null
    const feedback = { type, ...(said !== null && { comment: said }) }
    const noted = { kind: 'feedback', feedback } as const
    const kept = await act(c, id, { kind: 'note', id: await idOf(messageId), note: noted })
    return c.json({ feedback_id: `feedback-${kept.id}`, type, comment: said }, 200)
  })
  .openapi(giveScore, async (c) => {
    const { thread_id: threadId, message_id: messageId, run_id: _, ...said } = c.req.valid('json')
    const { name, data_type, comment } = said
    const value = said.value === true ? 1 : said.value === false ? 0 : (said.value ?? null)
    const score = { data_type, value, string_value: said.string_value ?? null }
    let scoreId: string = crypto.randomUUID()
    if (threadId && messageId) {
      const id = ConversationId.safeParse(threadId).data ?? ''
      const noted = { ...score, ...(comment && { comment }) }
      const note = { kind: 'score', name, score: noted } as const
      const kept = await act(c, id, { kind: 'note', id: await idOf(messageId), note })
      scoreId = `score-${kept.id}-${name}`
    }
    return c.json({ score_id: scoreId, name, ...score }, 200)
  })
