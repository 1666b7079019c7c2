import type { Context } from 'hono'
import * as z from 'zod'

import { type HonoEnv } from '../caller/caller.ts'
import { ask } from '../frame/ask.ts'
import { createRoute, json, routes, security } from '../frame/openapi.ts'
import { numberParameter, wordParameter } from '../frame/parameters.ts'
import { granted } from '../frame/problem.ts'
import { limitReads, limitWrites } from '../frame/rate-limits.ts'
import { eventStream } from '../routes/messages/stream.ts'
import { aboutOne } from './conversations.ts'
import { errors } from './errors.ts'
import { type Place, asResponse, notThere, placeIn } from './ids.ts'
import { itemsOf } from './items-out.ts'
import { type Reply, askingIn, endedAs, responseOf } from './response.ts'
import { ResponseBody, asStream } from './responses.ts'
import { isAgain } from './retries.ts'
import { Item, listOf, listed, pageOfItems } from './shapes.ts'
import { encodedFor } from './told.ts'

const tags = ['OpenAI']
const params = z.object({ response_id: z.string() })
const ofResponses = [...aboutOne, 'no-such-message'] as const

const retrieve = createRoute({
  operationId: 'openaiRetrieveResponse',
  tags,
  security,
  summary:
    'A response, running or ended; with `stream`, its events from the beginning or after one',
  method: 'get',
  path: '/v1/responses/{response_id}',
  middleware: [limitReads] as const,
  request: {
    params,
    query: z.looseObject({
      stream: wordParameter(['true', 'false']).optional(),
      starting_after: numberParameter(0).optional(),
    }),
  },
  responses: {
    200: {
      description: 'It',
      content: { 'application/json': { schema: ResponseBody }, ...asStream },
    },
    ...errors(...ofResponses, 'too-many-streams'),
  },
})

const cancel = createRoute({
  operationId: 'openaiCancelResponse',
  tags,
  security,
  summary: 'Stop a response that is written, and keep what there is',
  method: 'post',
  path: '/v1/responses/{response_id}/cancel',
  middleware: [limitWrites] as const,
  request: { params },
  responses: { 200: json(ResponseBody, 'It, as it is then'), ...errors(...ofResponses) },
})

const remove = createRoute({
  operationId: 'openaiDeleteResponse',
  tags,
  security,
  summary: 'Delete what a response says. What it answered stays',
  method: 'delete',
  path: '/v1/responses/{response_id}',
  middleware: [limitWrites] as const,
  request: { params },
  responses: {
    200: json(
      z.object({ id: z.string(), object: z.literal('response'), deleted: z.literal(true) }),
      'Its words are gone',
    ),
    ...errors(...ofResponses, 'on-hold', 'conversation-busy'),
  },
})

const inputItems = createRoute({
  operationId: 'openaiListInputItems',
  tags,
  security,
  summary: 'The items that a response answers',
  method: 'get',
  path: '/v1/responses/{response_id}/input_items',
  middleware: [limitReads] as const,
  request: { params, query: pageOfItems },
  responses: { 200: json(listOf(Item), 'A page'), ...errors(...ofResponses) },
})

/** The most items that one request brings. */
const MOST_INPUTS = 100

async function replyAt(c: Context<HonoEnv>, place: Place) {
  const { conversation, reply } = place
  return granted(await ask(c, conversation, (object, call) => object.reply(call, reply))).reply
}

async function responseAt(c: Context<HonoEnv>, place: Place): Promise<Reply> {
  const { extra, end } = await replyAt(c, place)
  return { place, extra, end }
}

export const openaiResponseRoutes = routes()
  .openapi(retrieve, (c) =>
    asResponse(async () => {
      const place = placeIn(c.req.valid('param').response_id)
      const { stream, starting_after: after } = c.req.valid('query')
      if (stream !== 'true') return c.json(responseOf(await responseAt(c, place)), 200)
      const { conversation, reply } = place
      const { events } = granted(
        await ask(c, conversation, (object, call) => object.replyEvents(call, reply)),
      )
      return c.body(encodedFor(conversation, events, after), 200, eventStream)
    }),
  )
  .openapi(cancel, (c) =>
    asResponse(async () => {
      const place = placeIn(c.req.valid('param').response_id)
      const { conversation, reply } = place
      // Whether there is such a one; to stop one that has ended is no error.
      const before = await responseAt(c, place)
      const { message } = granted(
        await ask(c, conversation, (object, call) => object.stop(call, reply)),
      )
      const { extra } = before
      const stopped = { kind: 'interrupted', message: null, reason: 'stopped' } as const
      const now = message
        ? endedAs(conversation, message)
        : { place, extra, end: before.end ?? stopped }
      return c.json(responseOf(now), 200)
    }),
  )
  .openapi(remove, (c) =>
    asResponse(async () => {
      const id = c.req.valid('param').response_id
      const place = placeIn(id)
      const { conversation, reply } = place
      // One that is deleted is not there. Only the client's own retry, after an answer that was lost, finds it done.
      if (!isAgain(c)) await replyAt(c, place)
      granted(
        await ask(c, conversation, (object, call) =>
          object.deleteMessage(call, { id: reply, part: null }),
        ),
      )
      return c.json({ id, object: 'response' as const, deleted: true as const }, 200)
    }),
  )
  .openapi(inputItems, (c) =>
    asResponse(async () => {
      const place = placeIn(c.req.valid('param').response_id)
      const { limit, order, after } = c.req.valid('query')
      const { conversation } = place
      const { answers, extra, end } = await replyAt(c, place)
      const kept = end?.kind === 'failed' || !end?.message ? extra : end.message.extra
      const count = Math.min(askingIn(kept).inputs ?? 1, MOST_INPUTS)
      if (answers === null || count === 0) return c.json(listed([], false), 200)
      const request = {
        order: 'desc' as const,
        from: answers.seq + 1,
        limit: count,
        branch: { id: answers.id },
      }
      const { messages } = granted(
        await ask(c, conversation, (object, call) => object.history(call, request)),
      )
      const items = messages.toReversed().flatMap(itemsOf)
      const all = order === 'asc' ? items : items.toReversed()
      const from = after === undefined ? 0 : all.findIndex(({ id }) => id === after) + 1
      if (after !== undefined && from === 0) throw notThere()
      return c.json(listed(all.slice(from, from + limit), all.length > from + limit), 200)
    }),
  )
