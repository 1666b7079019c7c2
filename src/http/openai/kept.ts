import type { JsonObject } from '../../contract/json.ts'
import { text } from '../../settings.ts'
import type { NewResponse } from './request.ts'
import type { Asking } from './response.ts'

/** The most of a request's own words that are kept with its response, as JSON, in UTF-16 units. */
const KEPT_CHARS = 64 * 1024

/** What is kept of a request, so that its response can be read later. What is too long is left out. */
export function keptOf(env: Env, request: NewResponse, inputs: number): Asking {
  const { instructions, tools, metadata, text: form, reasoning } = request
  const short: Asking = {
    created_at: Math.floor(Date.now() / 1000),
    inputs,
    model: request.model ?? text(env, 'MODEL_NAME') ?? 'offline',
    ...(request.previous_response_id != null && {
      previous_response_id: request.previous_response_id,
    }),
    ...(metadata != null && { metadata }),
    ...(request.tool_choice != null && { tool_choice: request.tool_choice as JsonObject }),
    ...(request.parallel_tool_calls != null && {
      parallel_tool_calls: request.parallel_tool_calls,
    }),
    ...(request.max_output_tokens != null && { max_output_tokens: request.max_output_tokens }),
    ...(request.temperature != null && { temperature: request.temperature }),
    ...(request.top_p != null && { top_p: request.top_p }),
    ...(reasoning != null && { reasoning: reasoning as JsonObject }),
    ...(request.background != null && { background: request.background }),
    ...(request.store === false && { store: false }),
  }
  const long: Asking = {
    ...short,
    ...(form != null && { text: form as JsonObject }),
    ...(instructions != null && { instructions }),
    ...(tools != null && { tools: tools as JsonObject[] }),
  }
  return JSON.stringify(long).length <= KEPT_CHARS ? long : short
}
