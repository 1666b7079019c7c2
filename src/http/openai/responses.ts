import type { Context } from 'hono'
import * as z from 'zod'

import type { Draft } from '../../contract/message.ts'
import type { ReplyEnd } from '../../contract/reply-events.ts'
import { isOn } from '../../settings.ts'
import { type HonoEnv, requireOwner } from '../caller/caller.ts'
import { takeFiles } from '../files/take.ts'
import { ask } from '../frame/ask.ts'
import { languageOf } from '../frame/language.ts'
import { bodyOf, createRoute, forBodies, routes, security } from '../frame/openapi.ts'
import { Problem, granted, tryAgain } from '../frame/problem.ts'
import { limitReplies } from '../frame/rate-limits.ts'
import { admit } from '../routes/conversations/create.ts'
import { turnProblems } from '../routes/messages/continue.ts'
import { toDrafts } from '../routes/messages/roles.ts'
import { eventStream } from '../routes/messages/stream.ts'
import { aboutOne } from './conversations.ts'
import { errors } from './errors.ts'
import { type Place, asResponse, placeIn, uuidIn } from './ids.ts'
import { messagesOf } from './items-in.ts'
import { OPENAI } from './items-out.ts'
import { keptOf } from './kept.ts'
import { keyedBody, refuseOther } from './keyed.ts'
import { NewResponse, askingOf, inputOf } from './request.ts'
import { type ResponseObject, endedAs, responseOf } from './response.ts'
import { beginning, isKeyed, messageId, replyId, seriesOf } from './retries.ts'
import { standingAmong } from './standing.ts'
import { encodedFor, eventsIn } from './told.ts'

export const ResponseBody = z
  .looseObject({ id: z.string(), object: z.literal('response'), status: z.string() })
  .meta({ id: 'OpenAIResponse', description: 'A response of OpenAI’s Responses API' })

export const asStream = { 'text/event-stream': { schema: z.string() } }

const create = createRoute({
  operationId: 'openaiCreateResponse',
  tags: ['OpenAI'],
  security,
  summary: 'Keep items, have the model answer, keep its answer',
  method: 'post',
  path: '/v1/responses',
  middleware: [limitReplies] as const,
  request: bodyOf(NewResponse, { input: 'Where shall we go?' }),
  responses: {
    200: {
      description: 'The response; as server-sent events with `stream`',
      content: { 'application/json': { schema: ResponseBody }, ...asStream },
    },
    ...errors(
      ...aboutOne,
      ...forBodies,
      ...turnProblems,
      'unsupported-parameter',
      'no-such-message',
      'message-id-taken',
      'key-taken',
      'too-many-conversations',
      'session-linked',
    ),
  },
})

type Stub = ReturnType<Env['CONVERSATION']['getByName']>
type TurnRequest = Parameters<Stub['continue']>[1]
type Lines = ReadableStream<Uint8Array>

export const openaiCreateRoutes = routes().openapi(create, async (c) => {
  const body = c.req.valid('json')
  return body.previous_response_id == null
    ? createFor(c, body)
    : asResponse(() => createFor(c, body))
})

async function createFor(c: Context<HonoEnv>, body: NewResponse) {
  if (body.previous_response_id != null) await refuseGone(c, placeIn(body.previous_response_id))
  const turn = await turnOf(c, body)
  const conversation = conversationOf(body)
  if (conversation === null) requireOwner(c.get('caller'))
  if (body.store === false) return passing(c, body, conversation, turn)
  // Only one that is to be begun may be taken.
  if (conversation !== null) return (await answered(c, body, conversation, turn, null))!
  if (turn.drafts.length === 0) throw needsInput()
  return beginning(c, async (id) => {
    await admit(c, requireOwner(c.get('caller')), id)
    return answered(c, body, id, turn, languageOf(c))
  })
}

/** The place of a deleted response stays, and messages may follow it. The response itself is not there. */
async function refuseGone(c: Context<HonoEnv>, { conversation, reply }: Place): Promise<void> {
  granted(await ask(c, conversation, (object, call) => object.reply(call, reply)))
}

const needsInput = () =>
  new Problem('invalid-request', {
    errors: [{ pointer: '/input', detail: 'Send something for the model to answer' }],
  })

/** The conversation that a request goes on; null if it begins one. */
function conversationOf({
  conversation,
  previous_response_id: previous,
}: NewResponse): string | null {
  if (previous != null) return placeIn(previous).conversation
  if (conversation == null) return null
  const id = uuidIn(typeof conversation === 'string' ? conversation : conversation.id)
  if (id === null) throw new Problem('no-such-conversation')
  return id
}

async function turnOf(
  c: Context<HonoEnv>,
  body: NewResponse,
): Promise<TurnRequest & { drafts: Draft[] }> {
  const { instructions, previous_response_id: previous } = body
  const caller = c.get('caller')
  // They say to the model what only a system message may.
  if (instructions && !caller.service && !isOn(c.env, 'ALLOW_CLIENT_SYSTEM', false)) {
    const errors = [{ pointer: '/instructions', detail: 'Only services send this' }]
    throw new Problem('not-permitted', { detail: 'Nothing of this request was stored.', errors })
  }
  const { options, ...asking } = askingOf(c.env, body)
  const series = await seriesOf(c, `${conversationOf(body) ?? ''} ${previous ?? ''}`)
  const items = inputOf(body)
  const place = conversationOf(body)
  const standing = place === null ? null : await standingAmong(c, place, items, 'input')
  const fresh = items.map((item, at) => (standing?.has(at) ? null : item))
  const messages = messagesOf(fresh, 'input', (kind, at) => messageId(series, kind, at))
  const drafts = toDrafts(c.env, caller, messages)
  const kept = { ...keptOf(c.env, body, drafts.length), ...(await keyedBody(c)) }
  return {
    ...asking,
    drafts,
    series,
    reply_id: replyId(series),
    ...(previous != null && { parent_id: placeIn(previous).reply }),
    asked: {
      instructions: instructions ?? undefined,
      options,
      extra: { [OPENAI]: { response: kept } },
    },
  }
}

/**
 * The response in the form that was asked for; null if the conversation was to be new and is not.
 *
 * @param language of the conversation if it is to be begun with this; null if it stands
 */
async function answered(
  c: Context<HonoEnv>,
  { stream, background }: NewResponse,
  id: string,
  request: TurnRequest & { drafts: Draft[] },
  language: string | null,
) {
  if (isKeyed(c)) await refuseOther(c, id, request)
  const turn = { ...request, drafts: await takeFiles(c, id, request.drafts) }
  const beginnings = language === null ? null : { title: null, topic: null, language, metadata: {} }
  if (stream || background) {
    const told = await ask(c, id, (object, call) =>
      beginnings
        ? object.beginStreaming(call, beginnings, turn, 'events')
        : object.continueStreaming(call, turn, 'events'),
    )
    if (isTaken(told)) return null
    const { events } = granted(told)
    if (stream) return c.body(encodedFor(id, events), 200, eventStream)
    return c.json(await beginningOf(id, events), 200)
  }
  const answer = await ask(c, id, (object, call) =>
    beginnings ? object.begin(call, beginnings, turn) : object.continue(call, turn),
  )
  if (isTaken(answer)) return null
  if (!answer.ok && answer.why === 'reply-stopped') {
    const place = { conversation: id, reply: turn.reply_id! }
    const end: ReplyEnd = { kind: 'interrupted', message: null, reason: 'stopped' }
    return c.json(responseOf({ place, extra: turn.asked?.extra ?? null, end }), 200)
  }
  return c.json(responseOf(endedAs(id, granted(answer).message)), 200)
}

const isTaken = (answer: { ok: boolean; why?: string }): boolean =>
  !answer.ok && answer.why === 'id-taken'

/** A response that has just begun. The reply goes on without who asked for it. */
async function beginningOf(conversation: string, lines: Lines): Promise<ResponseObject> {
  for await (const event of eventsIn(lines)) {
    const extra = event.type === 'accepted' ? event.extra : null
    return responseOf({ place: { conversation, reply: event.reply_id }, extra, end: null })
  }
  throw new Error('A stream of events was empty')
}

/** A response of which nothing is kept. */
async function passing(
  c: Context<HonoEnv>,
  { stream }: NewResponse,
  conversation: string | null,
  turn: TurnRequest,
) {
  const id = conversation ?? crypto.randomUUID()
  const request = { ...turn, language: languageOf(c), isOfThis: conversation !== null }
  const { events } = granted(await ask(c, id, (object, call) => object.pass(call, request)))
  // Nobody finds it again by its id.
  const nowhere = crypto.randomUUID()
  if (stream) return c.body(encodedFor(nowhere, events), 200, eventStream)
  for await (const event of eventsIn(events)) {
    if (event.type === 'closed') throw new Problem('no-such-conversation')
    if (event.type !== 'ended') continue
    const { end } = event
    if (end.kind === 'failed') throw new Problem(end.why, end.extra)
    const extra = turn.asked?.extra ?? null
    return c.json(
      responseOf({ place: { conversation: nowhere, reply: event.reply_id }, extra, end }),
      200,
    )
  }
  throw tryAgain('The answer was lost. Nothing of it was to be kept.', 1)
}
