import * as z from 'zod'

import { Metadata } from '../../contract/conversation.ts'
import type { JsonObject } from '../../contract/json.ts'
import { Tool, type ReplyOptions, type ToolChoice } from '../../contract/reply.ts'
import { Text } from '../../contract/text.ts'
import { modelProvider } from '../../settings.ts'
import { Problem, pointerTo } from '../frame/problem.ts'
import { NewItem } from './items-in.ts'
import { Items } from './shapes.ts'

const Effort = z.enum(['none', 'minimal', 'low', 'medium', 'high', 'xhigh', 'max'])

const Form = z.discriminatedUnion('type', [
  z.looseObject({ type: z.literal('text') }),
  z.looseObject({ type: z.literal('json_object') }),
  z.looseObject({
    type: z.literal('json_schema'),
    name: Text.min(1).max(64),
    schema: z.record(z.string(), z.unknown()),
    description: Text.nullish(),
    strict: z.boolean().nullish(),
  }),
])

const FunctionTool = z.looseObject({
  type: z.literal('function'),
  name: Text.min(1).max(256),
  description: Text.nullish(),
  parameters: z.record(z.string(), z.unknown()).nullish(),
  strict: z.boolean().nullish(),
})
type FunctionTool = z.infer<typeof FunctionTool>

/** What Hilo looks at. The rest is accepted and ignored: what concerns caches, safety, and obfuscation. */
export const NewResponse = z
  .looseObject({
    input: z.union([Text, Items]).nullish(),
    model: Text.min(1).max(256).nullish(),
    conversation: z.union([z.string(), z.looseObject({ id: z.string() })]).nullish(),
    previous_response_id: z.string().nullish(),
    instructions: Text.nullish(),
    tools: z
      .array(z.looseObject({ type: z.string() }))
      .max(128)
      .nullish(),
    tool_choice: z.union([z.string(), z.looseObject({ type: z.string() })]).nullish(),
    parallel_tool_calls: z.boolean().nullish(),
    max_output_tokens: z.int().min(1).nullish(),
    temperature: z.number().min(0).max(2).nullish(),
    top_p: z.number().min(0).max(1).nullish(),
    text: z.looseObject({ format: Form.nullish() }).nullish(),
    reasoning: z.looseObject({ effort: Effort.nullish() }).nullish(),
    metadata: Metadata.nullish(),
    truncation: z.enum(['auto', 'disabled']).nullish(),
    store: z.boolean().nullish(),
    stream: z.boolean().nullish(),
    background: z.boolean().nullish(),
  })
  .refine(({ conversation, previous_response_id: id }) => conversation == null || id == null, {
    path: ['previous_response_id'],
    message: 'Send a conversation or a previous response, not both',
  })
  .refine(({ background, store }) => background !== true || store !== false, {
    path: ['store'],
    message: 'What runs in the background is stored',
  })
  .meta({ id: 'OpenAINewResponse' })
export type NewResponse = z.infer<typeof NewResponse>

const unsupported = (path: PropertyKey[], detail: string) =>
  new Problem('unsupported-parameter', { errors: [{ pointer: pointerTo(path), detail }] })

/** The items that a response answers. */
export function inputOf({ input }: NewResponse): z.infer<typeof NewItem>[] {
  if (typeof input === 'string' && input.trim() === '') {
    const errors = [{ pointer: '/input', detail: 'Send something for the model to answer' }]
    throw new Problem('invalid-request', { errors })
  }
  if (typeof input === 'string') return [{ role: 'user', content: input }]
  return input ?? []
}

/** How the model is to answer, as Hilo asks it. Throws what it can't do. */
export function askingOf(
  env: Env,
  request: NewResponse,
): {
  model: string | undefined
  tools: Tool[] | undefined
  tool_choice: ToolChoice | undefined
  options: ReplyOptions
} {
  if (request['prompt'] != null) throw unsupported(['prompt'], 'Send `instructions` and `input`')
  const tools = (request.tools ?? []).map((tool, index) => {
    const checked = FunctionTool.safeParse(tool)
    if (checked.success) return checked.data
    if (tool.type === 'function') {
      const errors = checked.error.issues.map(({ path, message: detail }) => ({
        pointer: pointerTo(['tools', index, ...path]),
        detail,
      }))
      throw new Problem('invalid-request', { errors })
    }
    const why =
      'Hilo runs no tools itself. Send tools of the type function, and run them in your program'
    throw unsupported(['tools', index, 'type'], why)
  })
  const { choice, offered } = chosen(request.tool_choice ?? null, tools)
  return {
    model: modelOf(env, request.model ?? undefined),
    tools: offered.length > 0 ? offered.map(toTool) : undefined,
    tool_choice: offered.length > 0 ? choice : undefined,
    options: optionsOf(request),
  }
}

const toTool = ({ name, description, parameters, strict }: FunctionTool): Tool => ({
  type: 'function',
  function: {
    name,
    ...(description != null && { description }),
    ...(parameters != null && { parameters }),
    ...(strict != null && { strict }),
  },
})

/** Which tools the model is offered, and which it has to take. */
function chosen(
  choice:
    | string
    | (JsonObject & { type: string })
    | { [key: string]: unknown; type: string }
    | null,
  tools: FunctionTool[],
): { choice: ToolChoice | undefined; offered: FunctionTool[] } {
  if (choice === null) return { choice: undefined, offered: tools }
  if (choice === 'auto' || choice === 'none' || choice === 'required')
    return { choice, offered: tools }
  const refused = unsupported(
    ['tool_choice'],
    'Send auto, none, required, or a function of `tools`',
  )
  if (typeof choice === 'string') throw refused
  if (choice.type === 'function' && tools.some(({ name }) => name === choice['name'])) {
    return {
      choice: { type: 'function', function: { name: String(choice['name']) } },
      offered: tools,
    }
  }
  const { mode, tools: allowed } = choice
  if (choice.type !== 'allowed_tools' || !Array.isArray(allowed)) throw refused
  const names = new Set(allowed.map((one: { name?: unknown } | null) => one?.name))
  const offered = tools.filter(({ name }) => names.has(name))
  return { choice: mode === 'required' ? 'required' : 'auto', offered }
}

function optionsOf(request: NewResponse): ReplyOptions {
  const {
    parallel_tool_calls: parallel,
    max_output_tokens: most,
    temperature,
    top_p: topP,
  } = request
  const form = request.text?.format
  const effort = request.reasoning?.effort
  return {
    ...(parallel != null && { parallel_tool_calls: parallel }),
    ...(most != null && { max_output_tokens: most }),
    ...(temperature != null && { temperature }),
    ...(topP != null && { top_p: topP }),
    ...(effort != null && { reasoning_effort: effort }),
    ...(form != null && form.type !== 'text' && { response_format: formOf(form) }),
  }
}

function formOf(form: Exclude<z.infer<typeof Form>, { type: 'text' }>): JsonObject {
  if (form.type === 'json_object') return { type: form.type }
  const { name, schema, description, strict } = form as {
    name: string
    schema: JsonObject
  } & JsonObject
  return {
    type: 'json_schema',
    json_schema: {
      name,
      schema,
      ...(description != null && { description }),
      ...(strict != null && { strict }),
    },
  }
}

/** The embedded model answers for any: a program that names one can be tried as it is. */
const modelOf = (env: Env, model: string | undefined): string | undefined =>
  model === 'default' || modelProvider(env) === 'offline' ? undefined : model
