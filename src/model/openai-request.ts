import type OpenAI from 'openai'

import type { ToolCall } from '../contract/message.ts'
import type { ModelMessage, ReplyRequest, Sent } from './model.ts'

export interface OpenAISettings {
  apiKey: string
  baseURL: string
  model: string
  /** Writes summaries, titles and topics. */
  summaryModel: string
  maxOutputTokens: number | undefined
  /** ms until the provider starts to answer. */
  timeout: number
}

/** Names the endpoint and the model that a request goes to. It stands in what people export, so it tells no address. */
export async function senderOf(
  { model }: Pick<ReplyRequest, 'model'>,
  settings: OpenAISettings,
): Promise<string> {
  const named = JSON.stringify([settings.baseURL, model ?? settings.model])
  const digest = await crypto.subtle.digest('SHA-256', new TextEncoder().encode(named))
  return new Uint8Array(digest).slice(0, 8).toHex()
}

/** @param to the sender that this goes back to: it gets again what it sent with its calls, and nobody else does */
export function bodyOf(
  request: ReplyRequest,
  settings: OpenAISettings,
  to: string,
): OpenAI.ChatCompletionCreateParamsStreaming {
  return {
    model: request.model ?? settings.model,
    // The shapes are the API's own; only its types tell apart which role may hold which part.
    messages: request.messages.map((message) =>
      messageFor(message, to),
    ) as OpenAI.ChatCompletionMessageParam[],
    stream: true,
    stream_options: { include_usage: true },
    ...(request.tools && { tools: request.tools as OpenAI.ChatCompletionTool[] }),
    ...(request.tool_choice && { tool_choice: request.tool_choice }),
    ...(settings.maxOutputTokens && { max_completion_tokens: settings.maxOutputTokens }),
  }
}

function messageFor(message: ModelMessage, to: string): object {
  if (!('tool_calls' in message) || message.tool_calls === undefined) return message
  const { sent, tool_calls: calls, ...rest } = message
  if (sent?.from !== to) return { ...rest, tool_calls: calls.map(bare) }
  return { ...sent.fields, ...reasoningOf(sent), ...rest, tool_calls: calls.map(whole) }
}

const reasoningOf = ({ reasoning_field: field, reasoning }: Sent): object =>
  field && reasoning ? { [field]: reasoning } : {}

const bare = ({ id, type, function: called }: ToolCall): object => ({ id, type, function: called })

/** The call as it came. */
function whole({ extra = {}, ...call }: ToolCall): object {
  const { function: more, ...fields } = extra
  return { ...fields, ...call, function: { ...(more as object | undefined), ...call.function } }
}
