import { isFilteredBy } from '../../contract/finish-reason.ts'
import { type JsonObject, isObject } from '../../contract/json.ts'
import type { Message } from '../../contract/message.ts'
import { problemBody } from '../../contract/problem.ts'
import type { ReplyEnd } from '../../contract/reply-events.ts'
import { type Place, conversationId, responseId } from './ids.ts'
import { type Item, OPENAI, itemsOf } from './items-out.ts'

/** What is kept of a request with its reply. */
export type Asking = JsonObject & {
  created_at?: number
  /** How many items it brought. */
  inputs?: number
}

export type ResponseObject = JsonObject & {
  id: string
  object: 'response'
  status: string
  output: Item[]
}

/** A reply as far as it is. */
export interface Reply {
  place: Place
  /** What is kept with it. */
  extra: JsonObject | null
  /** Null while it is written. */
  end: ReplyEnd | null
}

/** What this protocol keeps with a reply; nothing with one that was asked for otherwise. */
export function askingIn(extra: JsonObject | null): Asking {
  const own = extra?.[OPENAI]
  const asking = isObject(own) ? own['response'] : null
  return isObject(asking) ? asking : {}
}

const seconds = (iso: string): number => Math.floor(Date.parse(iso) / 1000)

/** A reply as a response. What its request did not say is said as OpenAI does. */
export function responseOf({ place, extra, end }: Reply): ResponseObject {
  const message = end?.kind === 'completed' || end?.kind === 'interrupted' ? end.message : null
  const asking = askingIn(message?.extra ?? extra)
  const { inputs: _, created_at: createdAt, ...asked } = asking
  const finished = message && seconds(message.created_at)
  const outcome = outcomeOf(end)
  return {
    id: responseId(place),
    object: 'response',
    created_at: createdAt ?? finished ?? Math.floor(Date.now() / 1000),
    background: false,
    error: null,
    incomplete_details: null,
    instructions: null,
    max_output_tokens: null,
    max_tool_calls: null,
    metadata: {},
    model: '',
    parallel_tool_calls: true,
    previous_response_id: null,
    presence_penalty: 0,
    frequency_penalty: 0,
    prompt_cache_key: null,
    reasoning: { effort: null, summary: null },
    safety_identifier: null,
    service_tier: 'default',
    store: true,
    temperature: 1,
    text: { format: { type: 'text' } },
    tool_choice: 'auto',
    tools: [],
    top_logprobs: 0,
    top_p: 1,
    user: null,
    access_programs: null,
    ...asked,
    // The newest that fit are sent, whatever is asked for.
    truncation: 'auto',
    ...(message?.model && { model: message.model }),
    conversation: asked['store'] === false ? null : { id: conversationId(place.conversation) },
    ...outcome,
    completed_at: outcome.status === 'completed' ? finished : null,
    output: message ? itemsOf(message) : [],
    usage: message && usageIn(message),
  }
}

function usageIn({ extra }: Message): JsonObject | null {
  const own = extra?.[OPENAI]
  const usage = isObject(own) ? own['usage'] : null
  if (!isObject(usage)) return null
  const [sent, cached, received, thought] = ['sent', 'cached', 'received', 'thought'].map((name) =>
    Number(usage[name] ?? 0),
  ) as [number, number, number, number]
  return {
    input_tokens: sent,
    input_tokens_details: { cached_tokens: cached },
    output_tokens: received,
    output_tokens_details: { reasoning_tokens: thought },
    total_tokens: sent + received,
  }
}

interface Outcome {
  status: 'in_progress' | 'completed' | 'incomplete' | 'cancelled' | 'failed'
  error?: JsonObject
  incomplete_details?: JsonObject
}

/** What became of a reply, in OpenAI's words. */
export function outcomeOf(end: ReplyEnd | null): Outcome {
  if (end === null) return { status: 'in_progress' }
  if (end.kind === 'completed') return finishedBy(end.message.finish_reason)
  if (end.kind === 'failed') {
    const { title, detail } = problemBody(end.why, end.extra)
    const code = end.why === 'model-overloaded' ? 'rate_limit_exceeded' : 'server_error'
    return { status: 'failed', error: { code, message: detail ?? title } }
  }
  const reason = endedBy(end.message) ?? end.reason
  if (reason === 'stopped') return { status: 'cancelled' }
  const message = 'The answer was cut. What came of it is kept. Send another message to go on.'
  return { status: 'failed', error: { code: 'server_error', message } }
}

/** Why a reply ended too soon, if it was asked for by this protocol. */
function endedBy(message: Message | null): unknown {
  const own = message?.extra?.[OPENAI]
  return isObject(own) ? own['ended'] : undefined
}

function finishedBy(reason: string | null): Outcome {
  const short = isFilteredBy(reason)
    ? 'content_filter'
    : /length|max_?tokens|context_window/i.test(reason ?? '')
      ? 'max_output_tokens'
      : null
  return short === null
    ? { status: 'completed' }
    : { status: 'incomplete', incomplete_details: { reason: short } }
}

/** A reply that is a message by now. */
export const endedAs = (conversation: string, message: Message): Reply => ({
  place: { conversation, reply: message.id },
  extra: message.extra,
  end:
    message.status === 'complete'
      ? { kind: 'completed', message }
      : { kind: 'interrupted', message, reason: 'ended-before' },
})
