import type OpenAI from 'openai'

import type { ToolCall } from '../contract/message.ts'
import { SAFE, callIds } from './call-ids.ts'
import { callsAsText } from './calls-as-text.ts'
import type { ModelMessage, ModelPart, ReplyRequest, Sent } from './model.ts'
import { phrasesIn } from './phrases.ts'
import type { Prompt } from './prompts.ts'
import type { Quirk, Quirks } from './quirks.ts'

export interface OpenAISettings {
  apiKey: string
  baseURL: string
  model: string
  /** Writes summaries, titles and topics. */
  summaryModel: string
  maxOutputTokens: number | undefined
  /** ms until the provider starts to answer. */
  timeout: number
  /** What the endpoint is known not to take. */
  compat: Quirk[]
}

/** Names the endpoint and the model that a request goes to. It stands in what people export, so it tells no address. */
export async function senderOf(
  { model }: Pick<ReplyRequest, 'model'>,
  settings: Pick<OpenAISettings, 'baseURL' | 'model'>,
): Promise<string> {
  const named = JSON.stringify([settings.baseURL, model ?? settings.model])
  const digest = await crypto.subtle.digest('SHA-256', new TextEncoder().encode(named))
  return new Uint8Array(digest).slice(0, 8).toHex()
}

/**
 * @param to the sender that this goes back to: it gets again what it sent with its calls, and nobody else does
 * @param quirks what the endpoint does not take
 */
export function bodyOf(
  request: ReplyRequest,
  settings: Pick<OpenAISettings, 'model' | 'maxOutputTokens'>,
  to: string,
  quirks: Quirks,
): OpenAI.ChatCompletionCreateParams {
  const offered = toolsFor(request, quirks)
  const { tools } = offered
  const isWhole = quirks.has('no-stream') || (tools && quirks.has('no-stream-with-tools'))
  const counted = quirks.has('no-stream-options') ? {} : { stream_options: { include_usage: true } }
  return {
    model: request.model ?? settings.model,
    messages: messagesFor(request, to, quirks),
    ...(isWhole ? {} : { stream: true, ...counted }),
    ...(offered as object),
    ...optionsFor({ ...request, tools }, quirks),
    ...boundOf(leastOf(request.options?.max_output_tokens, settings.maxOutputTokens), quirks),
  }
}

/** What is asked in the background: a short text, streamed only if the endpoint knows nothing else. */
export function backgroundBody(
  model: string,
  messages: Prompt,
  quirks: Quirks,
): OpenAI.ChatCompletionCreateParams {
  return {
    model,
    messages: quirks.has('no-system') ? withoutSystem(messages) : messages,
    ...(quirks.has('only-stream') && { stream: true }),
    ...boundOf(BACKGROUND_TOKENS, quirks),
  }
}

/** Room for a short text, and for what a model that reasons spends before it. */
const BACKGROUND_TOKENS = 8_000

function toolsFor(
  { tools, tool_choice: choice }: ReplyRequest,
  quirks: Quirks,
): Pick<ReplyRequest, 'tools' | 'tool_choice'> {
  if (quirks.has('no-tools')) return {}
  const isChosen = choice !== undefined && !quirks.has('no-tool-choice')
  // Without the choice of none the tools would say the opposite.
  const areOffered = tools !== undefined && (isChosen || choice !== 'none')
  return { ...(areOffered && { tools }), ...(isChosen && { tool_choice: choice }) }
}

/** What was asked of the answer beside that, and the endpoint takes. */
function optionsFor({ options = {}, tools }: ReplyRequest, quirks: Quirks): object {
  const { max_output_tokens: _, parallel_tool_calls: parallel, ...others } = options
  const { temperature, top_p: topP, response_format: form } = others
  const isNone = tools !== undefined && quirks.has('no-effort-with-tools')
  const effort = isNone ? 'none' : others.reasoning_effort
  return {
    ...(temperature !== undefined && !quirks.has('no-sampling') && { temperature }),
    ...(topP !== undefined && !quirks.has('no-sampling') && { top_p: topP }),
    ...(effort !== undefined && !quirks.has('no-effort') && { reasoning_effort: effort }),
    ...(form !== undefined && !quirks.has('no-format') && { response_format: form }),
    // Endpoints refuse it without tools.
    ...(parallel !== undefined &&
      tools !== undefined &&
      !quirks.has('no-parallel') && { parallel_tool_calls: parallel }),
  }
}

/** What a caller asks for never goes beyond what the deployment allows. */
const leastOf = (asked: number | undefined, allowed: number | undefined): number | undefined =>
  asked === undefined ? allowed : Math.min(asked, allowed ?? asked)

/** The field that bounds an answer, as the endpoint takes it. */
export function boundOf(tokens: number | undefined, quirks: Quirks): object {
  if (tokens === undefined || quirks.has('no-max-tokens')) return {}
  return quirks.has('max_tokens') ? { max_tokens: tokens } : { max_completion_tokens: tokens }
}

function messagesFor(
  { messages: all, language, tools }: ReplyRequest,
  to: string,
  quirks: Quirks,
): OpenAI.ChatCompletionMessageParam[] {
  const ids = quirks.has('safe-ids') ? 'safe' : 'own'
  const idsOf = callIds(quirks.has('short-ids') ? 'short' : ids)
  const known = new Set(tools?.map((tool) => tool.function.name))
  const attached = attachedFor(quirks, language)
  const { nothing } = phrasesIn(language)
  const areText = quirks.has('no-tools') || (quirks.has('no-bare-calls') && tools === undefined)
  const messages = callsAsText(
    all,
    (message) => areText || (quirks.has('no-foreign-calls') && !isSigned(message, to)),
  )
  let names = new Map<string, string>()
  const sendable = messages.map((message): object => {
    if (message.role === 'system') return message
    if (message.role === 'user') return { ...message, content: attached(message.content) }
    const isBlank = quirks.has('no-blanks') && message.content.trim() === ''
    if (message.role === 'tool') {
      const content = isBlank ? nothing : message.content
      const name = quirks.has('named-results') ? names.get(message.tool_call_id) : undefined
      return { ...message, content, tool_call_id: idsOf.result(message), ...(name && { name }) }
    }
    const calls = message.tool_calls
    names = new Map(calls?.map((call) => [call.id, nameFor(call.function.name, known)]))
    const addressee = { to, quirks, known, idsOf }
    const made = calls === undefined ? message : withCalls(message, calls, addressee)
    return { ...withReasoning(made, quirks), ...(isBlank && { content: null }) }
  })
  // The shapes are the API's own; only its types tell apart which role may hold which part.
  const sent = sendable as OpenAI.ChatCompletionMessageParam[]
  return quirks.has('no-system') ? withoutSystem(sent) : sent
}

/** Whether calls came from this endpoint, with something that it wants back: gateways put it into an id. */
const isSigned = (
  { sent, tool_calls: calls }: Extract<ModelMessage, { role: 'assistant' }>,
  to: string,
): boolean =>
  sent?.from === to &&
  (Object.keys(sent.fields ?? {}).length > 0 ||
    calls?.some(({ id, extra }) => extra || !SAFE.test(id)) === true)

/** A blank in the place of thoughts that are not there, which endpoints that want them take. */
const withReasoning = (message: object, quirks: Quirks): object =>
  quirks.has('with-reasoning') ? { reasoning_content: ' ', ...message } : message

interface Addressee {
  to: string
  quirks: Quirks
  /** The names of the tools that are offered. */
  known: Set<string>
  idsOf: ReturnType<typeof callIds>
}

function withCalls(
  { sent, ...message }: Extract<ModelMessage, { role: 'assistant' }>,
  calls: ToolCall[],
  { to, quirks, known, idsOf }: Addressee,
): object {
  const isTheirs = sent?.from === to
  const ids = idsOf.calls(calls, isTheirs)
  const named = calls.map((call, index) => ({
    ...call,
    id: ids[index]!,
    function: { ...call.function, name: nameFor(call.function.name, known) },
  }))
  if (!isTheirs || quirks.has('no-reasoning')) return { ...message, tool_calls: named.map(bare) }
  const { reasoning, reasoning_field: field } = sent
  const thoughts = field && field !== 'content' && reasoning ? { [field]: reasoning } : {}
  const content = contentWith(message.content, sent)
  return { ...sent.fields, ...thoughts, ...message, content, tool_calls: named.map(whole) }
}

/** Thoughts that came in the text go back in it. */
const contentWith = (content: string, { reasoning, reasoning_field: field }: Sent): string =>
  field === 'content' && reasoning
    ? `<think>\n${reasoning.trim()}\n</think>\n\n${content}`
    : content

/** Other programs' tools have names that the API refuses, unless it was offered them. */
const nameFor = (name: string, known: Set<string>): string =>
  known.has(name) ? name : name.replaceAll(/[^\w-]/g, '_').slice(0, 64)

const bare = ({ id, type, function: called }: ToolCall): object => ({ id, type, function: called })

/** The call as it came. */
function whole({ extra = {}, ...call }: ToolCall): object {
  const { function: more, ...fields } = extra
  return { ...fields, ...call, function: { ...(more as object | undefined), ...call.function } }
}

/** What a person sent, with names in the place of what the endpoint takes none of. */
function attachedFor(quirks: Quirks, language: string) {
  const { image, file } = phrasesIn(language)
  const named = (...names: (string | undefined)[]): ModelPart => ({
    type: 'text',
    text: names.filter(Boolean).join(' '),
  })
  const taken = (part: ModelPart): ModelPart => {
    if (part.type === 'image_url') {
      const { name, ...sent } = part
      return quirks.has('no-images') ? named(image, name ?? nameIn(part.image_url.url ?? '')) : sent
    }
    return part.type === 'file' && quirks.has('no-files') ? named(file, part.file.filename) : part
  }
  return (content: string | ModelPart[]): string | ModelPart[] => {
    if (typeof content === 'string') return content
    const parts = content.map(taken)
    const texts = parts.flatMap((part) => (part.type === 'text' ? [part.text] : []))
    // Endpoints that take no pictures often take no lists either.
    return texts.length === parts.length ? texts.join('\n') : parts
  }
}

/** The name of a picture, if its address ends with one. */
const nameIn = (url: string): string | undefined =>
  url.startsWith('data:') ? undefined : /([^/?#]+\.\w{2,5})(?:[?#].*)?$/.exec(url)?.[1]

/** The system's words in front of the first message. */
function withoutSystem(
  messages: OpenAI.ChatCompletionMessageParam[],
): OpenAI.ChatCompletionMessageParam[] {
  const [first, second, ...rest] = messages
  if (first?.role !== 'system' || second?.role !== 'user') return messages
  const text = first.content as string
  const { content } = second
  const joined =
    typeof content === 'string'
      ? `${text}\n\n${content}`
      : [{ type: 'text' as const, text }, ...content]
  return [{ ...second, content: joined }, ...rest]
}
