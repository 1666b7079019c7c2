import type { Context } from 'hono'
import * as z from 'zod'

import type { Message } from '../../contract/message.ts'
import type { HonoEnv } from '../caller/caller.ts'
import { takeFiles } from '../files/take.ts'
import { ask } from '../frame/ask.ts'
import { bodyOf, createRoute, forBodies, json, routes, security } from '../frame/openapi.ts'
import { Problem, granted } from '../frame/problem.ts'
import { limitReads, limitWrites } from '../frame/rate-limits.ts'
import { toDrafts } from '../routes/messages/roles.ts'
import { aboutOne, readOne } from './conversations.ts'
import { errors } from './errors.ts'
import { ConversationParam, messagesNamedBy } from './ids.ts'
import { messagesOf } from './items-in.ts'
import { type Item as ItemOf, itemsOf, without } from './items-out.ts'
import { refuseMore } from './keyed.ts'
import { isAgain, isKeyed, messageId, seriesOf } from './retries.ts'
import {
  ConversationObject,
  Item,
  NewItems,
  listOf,
  listed,
  pageOfItems,
  shapeOf,
} from './shapes.ts'
import { type Found, find, standingAmong } from './standing.ts'

const tags = ['OpenAI']
const params = z.object({ id: ConversationParam })
const paramsOfItem = z.object({ id: ConversationParam, item_id: z.string() })

const create = createRoute({
  operationId: 'openaiCreateItems',
  tags,
  security,
  summary: 'Keep items, up to 100 at once',
  method: 'post',
  path: '/v1/conversations/{id}/items',
  middleware: [limitWrites] as const,
  request: {
    params,
    ...bodyOf(NewItems, { items: [{ role: 'user', content: 'Where shall we go?' }] }),
  },
  responses: {
    200: json(listOf(Item), 'The items as they were stored'),
    ...errors(
      ...aboutOne,
      ...forBodies,
      'unsupported-parameter',
      'message-id-taken',
      'key-taken',
      'over-quota',
      'conversation-busy',
    ),
  },
})

const list = createRoute({
  operationId: 'openaiListItems',
  tags,
  security,
  summary: 'The items of a conversation’s line, the newest first unless `order=asc`',
  method: 'get',
  path: '/v1/conversations/{id}/items',
  middleware: [limitReads] as const,
  request: { params, query: pageOfItems },
  responses: { 200: json(listOf(Item), 'A page'), ...errors(...aboutOne, 'no-such-message') },
})

const retrieve = createRoute({
  operationId: 'openaiRetrieveItem',
  tags,
  security,
  summary: 'An item',
  method: 'get',
  path: '/v1/conversations/{id}/items/{item_id}',
  middleware: [limitReads] as const,
  request: { params: paramsOfItem },
  responses: { 200: json(Item, 'It'), ...errors(...aboutOne, 'no-such-message') },
})

const remove = createRoute({
  operationId: 'openaiDeleteItem',
  tags,
  security,
  summary: 'Delete what an item says',
  method: 'delete',
  path: '/v1/conversations/{id}/items/{item_id}',
  middleware: [limitWrites] as const,
  request: { params: paramsOfItem },
  responses: {
    200: json(ConversationObject, 'The conversation'),
    ...errors(...aboutOne, 'no-such-message', 'on-hold', 'conversation-busy'),
  },
})

export const openaiItemRoutes = routes()
  .openapi(create, async (c) => {
    const { id } = c.req.valid('param')
    const { items } = c.req.valid('json')
    const series = await seriesOf(c, id)
    const standing = await standingAmong(c, id, items, 'items')
    const fresh = items.map((item, place) => (standing.has(place) ? null : item))
    const sent = messagesOf(fresh, 'items', (kind, place) => messageId(series, kind, place))
    if (sent.length === 0) return c.json(listed([...standing.values()], false), 200)
    if (isKeyed(c)) await refuseMore(c, id, sent)
    const drafts = await takeFiles(c, id, toDrafts(c.env, c.get('caller'), sent))
    const { messages } = granted(
      await ask(c, id, (object, call) =>
        object.append(call, { drafts, series, expectedSeq: null, onBusy: undefined }),
      ),
    )
    const stored = messages.flatMap(itemsOf)
    const all = items.flatMap((_, place) => standing.get(place) ?? stored.shift() ?? [])
    return c.json(listed(all, false), 200)
  })
  .openapi(list, async (c) => {
    const { id } = c.req.valid('param')
    const { limit, order, after } = c.req.valid('query')
    const from = after === undefined ? null : await find(c, id, after)
    const items = await itemsFrom(c, id, { limit: limit + 1, order, from })
    return c.json(listed(items.slice(0, limit), items.length > limit), 200)
  })
  .openapi(retrieve, async (c) => {
    const { id, item_id: itemId } = c.req.valid('param')
    const { item } = await find(c, id, itemId)
    return c.json(item, 200)
  })
  .openapi(remove, async (c) => {
    const { id, item_id: itemId } = c.req.valid('param')
    await removeItem(c, id, itemId)
    return c.json(shapeOf(await readOne(c, id)), 200)
  })

interface PageOf {
  limit: number
  order: 'asc' | 'desc'
  /** The item that the page comes after. */
  from: Found | null
}

/** Items of the line that leads to the conversation's head, as many as are wanted. */
async function itemsFrom(
  c: Context<HonoEnv>,
  id: string,
  { limit, order, from }: PageOf,
): Promise<ItemOf[]> {
  const inOrder = (message: Message) =>
    order === 'asc' ? itemsOf(message) : itemsOf(message).toReversed()
  const rest = from ? inOrder(from.message) : []
  const items = from ? rest.slice(rest.findIndex((one) => one.id === from.item.id) + 1) : []
  let seq = from?.message.seq ?? null
  while (items.length < limit) {
    const request = { order, from: seq, limit: limit - items.length, branch: 'head' as const }
    const { messages, hasMore } = granted(
      await ask(c, id, (object, call) => object.history(call, request)),
    )
    items.push(...messages.flatMap(inOrder))
    seq = messages.at(-1)?.seq ?? seq
    if (!hasMore) break
  }
  return items.slice(0, limit)
}

/** How often a deletion is tried of which another one got in the way. */
const ATTEMPTS = 3

async function removeItem(c: Context<HonoEnv>, id: string, itemId: string): Promise<void> {
  for (let attempt = 1; ; attempt += 1) {
    const answer = await removed(c, id, itemId, attempt > 1 || isAgain(c))
    const isLast = attempt === ATTEMPTS
    if (answer.ok || answer.why !== 'try-again' || isLast) return void granted(answer)
  }
}

/** @param isRetry whether the item may be gone already, and all that is left is that no search finds it any more */
async function removed(c: Context<HonoEnv>, id: string, itemId: string, isRetry: boolean) {
  const found = await find(c, id, itemId).catch((error: unknown) => {
    if (isRetry && error instanceof Problem && error.type === 'no-such-message') return null
    throw error
  })
  if (found) {
    const rest = without(found.message, itemId)
    const part = rest && { seen: saidIn(found.message), rest: saidIn(rest) }
    return ask(c, id, (object, call) => object.deleteMessage(call, { id: found.message.id, part }))
  }
  for (const name of messagesNamedBy(itemId)) {
    const part = { seen: NOTHING, rest: NOTHING }
    const answer = await ask(c, id, (object, call) =>
      object.deleteMessage(call, { id: name, part }),
    )
    if (answer.ok || answer.why !== 'no-such-message') return answer
  }
  throw new Problem('no-such-message')
}

const NOTHING = { content: '', parts: null, toolCalls: null, extra: null }

const saidIn = ({ content, parts, tool_calls: toolCalls, extra }: Said) => ({
  content,
  parts,
  toolCalls,
  extra,
})
type Said = Pick<Message, 'content' | 'parts' | 'tool_calls' | 'extra'>
