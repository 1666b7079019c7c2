import * as z from 'zod'

// What the OpenAPI document of Open Responses requires (openresponses.org, 2026-04-24).
const nullable = <T extends z.ZodType>(one: T) => one.nullable()
const Text = z.object({
  type: z.literal('output_text'),
  text: z.string(),
  annotations: z.array(z.unknown()),
  logprobs: z.array(z.unknown()),
})
const Status = z.enum(['in_progress', 'completed', 'incomplete'])
const OutputItem = z.discriminatedUnion('type', [
  z.object({
    type: z.literal('message'),
    id: z.string(),
    status: Status,
    role: z.literal('assistant'),
    content: z.array(Text),
  }),
  z.object({
    type: z.literal('function_call'),
    id: z.string(),
    call_id: z.string(),
    name: z.string(),
    arguments: z.string(),
    status: Status,
  }),
  z.object({
    type: z.literal('reasoning'),
    id: z.string(),
    summary: z.array(z.object({ type: z.literal('summary_text'), text: z.string() })),
  }),
])
const Usage = z.object({
  input_tokens: z.int(),
  output_tokens: z.int(),
  total_tokens: z.int(),
  input_tokens_details: z.object({ cached_tokens: z.int() }),
  output_tokens_details: z.object({ reasoning_tokens: z.int() }),
})
export const ResponseResource = z.object({
  id: z.string(),
  object: z.literal('response'),
  created_at: z.int(),
  completed_at: nullable(z.int()),
  status: z.string(),
  incomplete_details: nullable(z.object({ reason: z.string() })),
  model: z.string(),
  previous_response_id: nullable(z.string()),
  instructions: nullable(z.string()),
  output: z.array(OutputItem),
  error: nullable(z.object({ code: z.string(), message: z.string() })),
  tools: z.array(z.object({ type: z.literal('function'), name: z.string() })),
  tool_choice: z.union([z.string(), z.object({ type: z.string() })]),
  truncation: z.enum(['auto', 'disabled']),
  parallel_tool_calls: z.boolean(),
  text: z.object({ format: z.object({ type: z.string() }) }),
  top_p: z.number(),
  presence_penalty: z.number(),
  frequency_penalty: z.number(),
  top_logprobs: z.int(),
  temperature: z.number(),
  reasoning: nullable(z.object({ effort: nullable(z.string()), summary: nullable(z.string()) })),
  user: nullable(z.string()),
  usage: nullable(Usage),
  max_output_tokens: nullable(z.int()),
  max_tool_calls: nullable(z.int()),
  store: z.boolean(),
  background: z.boolean(),
  service_tier: z.string(),
  metadata: z.record(z.string(), z.string()),
  safety_identifier: nullable(z.string()),
  prompt_cache_key: nullable(z.string()),
})

const place = { output_index: z.int(), item_id: z.string() }
const lifecycle = { response: ResponseResource }
/** The fields that each event has to have, beside `type` and `sequence_number`. */
const eventFields: Record<string, z.ZodRawShape> = {
  'response.created': lifecycle,
  'response.in_progress': lifecycle,
  'response.completed': lifecycle,
  'response.incomplete': lifecycle,
  'response.failed': lifecycle,
  'response.output_item.added': { output_index: z.int(), item: z.looseObject({ id: z.string() }) },
  'response.output_item.done': { output_index: z.int(), item: OutputItem },
  'response.content_part.added': { ...place, content_index: z.int(), part: Text },
  'response.content_part.done': { ...place, content_index: z.int(), part: Text },
  'response.output_text.delta': {
    ...place,
    content_index: z.int(),
    delta: z.string(),
    logprobs: z.array(z.unknown()),
  },
  'response.output_text.done': {
    ...place,
    content_index: z.int(),
    text: z.string(),
    logprobs: z.array(z.unknown()),
  },
  'response.reasoning_summary_part.added': { ...place, summary_index: z.int() },
  'response.reasoning_summary_part.done': { ...place, summary_index: z.int() },
  'response.reasoning_summary_text.delta': { ...place, summary_index: z.int(), delta: z.string() },
  'response.reasoning_summary_text.done': { ...place, summary_index: z.int(), text: z.string() },
  'response.function_call_arguments.delta': { ...place, delta: z.string() },
  'response.function_call_arguments.done': { ...place, arguments: z.string() },
}

/** What is wrong with an event; null if it is as the document wants it. */
export function faultOf(event: string, data: unknown): string | null {
  const fields = eventFields[event]
  if (fields === undefined) return `${event} is no event of theirs`
  const shape = { type: z.literal(event), sequence_number: z.int(), ...fields }
  const checked = z.object(shape).safeParse(data)
  return checked.success ? null : `in ${event}: ${z.prettifyError(checked.error)}`
}
