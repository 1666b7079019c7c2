import type OpenAI from 'openai'

import { isDeeper } from '../contract/depth.ts'
import { type JsonObject, changedByKeeping, isObject } from '../contract/json.ts'
import { JSON_DEPTH } from '../contract/limits.ts'
import type { ToolCall } from '../contract/message.ts'
import { type Ending, ModelError, type Piece, type Sent } from './model.ts'

/** Fields of a message, beside its reasoning, that some endpoints want back with its tool calls. */
const WANTED_BACK = ['reasoning_details', 'extra_content', 'provider_specific_fields']
/** The most that is kept of them, in UTF-16 units of JSON. */
const WANTED_BACK_CHARS = 200_000

/**
 * Reads an answer as it comes. What another endpoint sends may be of any type and depth: every field is looked at before
 * it is used, since text made of a nested list would end with the stack.
 *
 * @param from who sends it
 */
export async function* read(
  stream: AsyncIterable<OpenAI.ChatCompletionChunk>,
  from: string,
): AsyncGenerator<Piece, Ending> {
  const ending: Ending = { finishReason: null, toolCalls: null, model: null, tokensUsed: null }
  const calls = new Map<number, ToolCall>()
  const sent: Sent & { fields: JsonObject } = { from, fields: {} }
  try {
    for await (const chunk of stream) {
      ending.model = textOf(chunk.model) || ending.model
      ending.tokensUsed = countOf(chunk.usage?.total_tokens) ?? ending.tokensUsed
      const choice = chunk.choices?.[0]
      if (choice === undefined) continue
      const delta = (choice.delta ?? {}) as Delta
      for (const call of callsOf(delta)) merge(calls, call)
      ending.finishReason = textOf(choice.finish_reason) || ending.finishReason
      const refusal = textOf(delta['refusal'])
      if (refusal !== '') ending.isRefusal = true
      for (const name of WANTED_BACK) keepField(sent.fields, name, delta[name])
      const { field, text } = reasoningIn(delta)
      if (field !== null) sent.reasoning_field = field
      yield { text: spokenIn(delta['content']) || refusal, reasoning: text }
    }
  } catch (error) {
    // Once it has said why it finished, all that can be missing is how many tokens it took.
    if (ending.finishReason === null) throw error
  }
  // Calls of a reply that was cut may be half a call: they count only with a reason to have finished.
  if (ending.finishReason !== null && calls.size > 0) {
    ending.toolCalls = named([...calls.values()])
    ending.sent = sent
  }
  return ending
}

type Delta = JsonObject
type CallDelta = OpenAI.ChatCompletionChunk.Choice.Delta.ToolCall & JsonObject

const textOf = (value: unknown): string => (typeof value === 'string' ? value : '')
const countOf = (value: unknown): number | null =>
  Number.isSafeInteger(value) ? (value as number) : null
const listOf = (value: unknown): unknown[] => (Array.isArray(value) ? value : [])
const objectsIn = (value: unknown): JsonObject[] => listOf(value).filter(isObject)

/** The text of a message's content: text, or a list of parts of which some are text. */
const spokenIn = (content: unknown): string =>
  textOf(content) || objectsIn(content).map(spokenPart).join('')
const spokenPart = ({ type, text }: JsonObject): string => (type === 'text' ? textOf(text) : '')

interface Reasoning {
  /** The field that it came in, if it is one that may be wanted back. */
  field: Exclude<Sent['reasoning_field'], undefined> | null
  text: string
}

/** What the model thinks, in whichever field its endpoint sends it. Some send it in several: it counts once. */
function reasoningIn(delta: Delta): Reasoning {
  for (const field of ['reasoning_content', 'reasoning'] as const) {
    const text = textOf(delta[field])
    if (text !== '') return { field, text }
  }
  const ofDetails = objectsIn(delta['reasoning_details']).map(
    ({ text, summary }) => textOf(text) || textOf(summary),
  )
  const ofContent = objectsIn(delta['content']).flatMap(({ type, thinking }) =>
    type === 'thinking' ? [spokenIn(thinking)] : [],
  )
  return { field: null, text: [...ofDetails, ...ofContent].join('') }
}

/** Adds what a chunk brings of a field that is wanted back: pieces of one entry of a list are joined. */
function keepField(fields: JsonObject, name: string, value: unknown): void {
  if (value === undefined || value === null || changedByKeeping(value) !== null) return
  const known = fields[name]
  const kept = Array.isArray(value)
    ? value.reduce<unknown[]>(joined, listOf(known))
    : isObject(known) && isObject(value)
      ? { ...known, ...value }
      : value
  if (JSON.stringify(kept).length <= WANTED_BACK_CHARS) fields[name] = kept
}

/** One more entry of a list; if it goes on with the last one, that one grows. */
function joined(entries: unknown[], entry: unknown): unknown[] {
  const last = entries.at(-1)
  const goesOn =
    isObject(last) &&
    isObject(entry) &&
    last['index'] !== undefined &&
    last['index'] === entry['index'] &&
    last['type'] === entry['type']
  if (!goesOn) return [...entries, entry]
  const grown: JsonObject = { ...last }
  for (const [key, value] of Object.entries(entry)) {
    const isPiece = ['text', 'summary', 'data'].includes(key) && typeof grown[key] === 'string'
    if (value !== null) grown[key] = isPiece ? (grown[key] as string) + textOf(value) : value
  }
  return [...entries.slice(0, -1), grown]
}

const callsOf = (delta: Delta): CallDelta[] =>
  objectsIn(delta['tool_calls']) as unknown as CallDelta[]

/** The arguments of a call, or a piece of them; some endpoints send them as JSON, not as text of it. */
function argumentsOf(value: unknown): string {
  if (typeof value !== 'object' || value === null) return textOf(value)
  if (!isDeeper(value, JSON_DEPTH)) return JSON.stringify(value)
  throw new ModelError('failed', `The model nested a tool call deeper than ${JSON_DEPTH} levels.`)
}

// Some providers give all calls of a reply the same id: then no result could tell which it answers.
function named(calls: ToolCall[]): ToolCall[] {
  const isFirst = (call: ToolCall, index: number) =>
    calls.findIndex(({ id }) => id === call.id) === index
  return calls.map((call, index) =>
    isFirst(call, index) ? call : { ...call, id: `call_${crypto.randomUUID()}` },
  )
}

function merge(calls: Map<number, ToolCall>, delta: CallDelta): void {
  const known = calls.get(delta.index)
  const extra = extraOf(delta, known?.extra)
  calls.set(delta.index, {
    id: known?.id || textOf(delta.id) || `call_${crypto.randomUUID()}`,
    type: 'function',
    function: {
      name: (known?.function.name ?? '') + textOf(delta.function?.name),
      arguments: (known?.function.arguments ?? '') + argumentsOf(delta.function?.arguments),
    },
    ...(extra && { extra }),
  })
}

/** What a call brings beside the fields that every endpoint sends, such as a thought signature. */
function extraOf(
  { index: _i, id: _id, type: _t, function: called, ...fields }: CallDelta,
  known: JsonObject = {},
): JsonObject | undefined {
  const { name: _n, arguments: _a, ...more } = (called ?? {}) as JsonObject
  const extra = { ...known }
  for (const [name, value] of Object.entries(fields)) keepField(extra, name, value)
  for (const [name, value] of Object.entries(more)) {
    if (value !== null) keepField(extra, 'function', { [name]: value })
  }
  return Object.keys(extra).length > 0 ? extra : undefined
}
