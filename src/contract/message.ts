import * as z from 'zod'

import { Json, type JsonObject } from './json.ts'
import {
  CALL_ID_LENGTH,
  CALL_NAME_LENGTH,
  CONTENT_BYTES,
  MESSAGES_PER_CALL,
  MESSAGE_BYTES,
} from './limits.ts'
import { Part, isKnownPart, textOfParts } from './part.ts'
import { Text, isLongerThan, textOf } from './text.ts'

export const Role = z.enum(['system', 'user', 'assistant', 'tool'])
export type Role = z.infer<typeof Role>

/** Who wrote a message: an assistant's words that a client made up are known for what they are. */
export const Origin = z.enum(['client', 'service', 'model', 'import'])
const NewStatus = z.enum(['complete', 'interrupted'])
/** `deleted`: its words are gone, and its place stands. */
export const Status = z.enum([...NewStatus.options, 'deleted'])

/** A message's name; unique within its conversation. */
export const MessageId = z
  .string()
  .regex(/^[\w.:-]{1,128}$/, 'Send 1 to 128 of the signs A-Z a-z 0-9 _ - . :')

/** One that a message may be given: `?branch=` has a meaning of its own for two names. */
export const NewMessageId = MessageId.refine(
  (id) => id !== 'head' && id !== 'all',
  'Take another id: head and all name branches',
)

export const ToolCall = z
  .strictObject({
    id: Text.min(1).max(CALL_ID_LENGTH),
    type: z.literal('function'),
    function: z.strictObject({ name: Text.min(1).max(CALL_NAME_LENGTH), arguments: Text }),
    extra: Json.optional().meta({
      description: 'What the provider sent with the call beside that, such as a thought signature',
    }),
  })
  .meta({ id: 'ToolCall' })
export type ToolCall = z.infer<typeof ToolCall>

export const Message = z
  .object({
    id: z.string(),
    object: z.literal('message'),
    conversation_id: z.uuid(),
    seq: z.int().positive(),
    parent_id: z.string().nullable().meta({
      description: 'The message that it follows; null if it begins the conversation',
    }),
    siblings: z.array(z.string()).meta({
      description:
        'The ids of all messages that follow the same one, itself included, the oldest first',
    }),
    role: Role,
    origin: Origin,
    content: z.string(),
    parts: z.array(Part).nullable(),
    tool_calls: z.array(ToolCall).nullable(),
    tool_call_id: z.string().nullable(),
    status: Status,
    finish_reason: z.string().nullable(),
    model: z.string().nullable(),
    tokens_used: z
      .int()
      .nullable()
      .meta({ description: 'What the provider counted for it, prompt and completion' }),
    extra: z.union([Json, z.null()]).meta({
      description: 'What a protocol or a file brought that has no field, by the name of either',
    }),
    created_at: z.iso.datetime(),
  })
  .meta({ id: 'Message' })
export type Message = z.infer<typeof Message>

/** The parts that not every message may have. */
const rolesOf: Partial<Record<string, Role[]>> = {
  image_url: ['user', 'assistant', 'tool'],
  file: ['user', 'assistant', 'tool'],
  reasoning: ['assistant'],
  refusal: ['assistant'],
}

const fitsRole = (role: Role, part: Part): boolean =>
  !isKnownPart(part) || (rolesOf[part.type]?.includes(role) ?? true)

/** Whether a message of a role may have a part, whatever that is. */
export const mayHave = (role: Role, part: unknown): boolean => {
  const checked = Part.safeParse(part)
  return checked.success && fitsRole(role, checked.data)
}

/** JSON writes one UTF-16 unit in at most six bytes. All else that a message without lists has is short. */
const isSurelySmall = ({ content, parts, tool_calls: calls, extra }: Sized): boolean =>
  !parts && !calls && !extra && (content ?? '').length * 6 < MESSAGE_BYTES / 2

interface Sized {
  content?: string | null | undefined
  parts?: unknown
  tool_calls?: unknown
  extra?: unknown
}

export const NewMessage = z
  .strictObject({
    id: NewMessageId.optional(),
    role: Role,
    content: textOf(CONTENT_BYTES).nullish(),
    parts: z.array(Part).min(1).max(100).nullish(),
    tool_calls: z.array(ToolCall).min(1).max(128).nullish(),
    tool_call_id: Text.min(1).max(CALL_ID_LENGTH).nullish(),
    model: Text.min(1).max(256).nullish(),
    tokens_used: z.int().min(0).nullish(),
    finish_reason: Text.min(1).max(64).nullish(),
    status: NewStatus.optional(),
    extra: z.union([Json, z.null()], 'Send a JSON object that can be kept unchanged').optional(),
  })
  .superRefine((message, context) => {
    const refuse = (field: string, why: string) =>
      context.addIssue({ code: 'custom', path: [field], message: why })
    const isAssistant = message.role === 'assistant'
    const isTool = message.role === 'tool'
    if (message.tool_calls && !isAssistant) refuse('tool_calls', 'Only an assistant calls tools')
    if (message.finish_reason && !isAssistant) refuse('finish_reason', 'Only for an assistant')
    if (message.status === 'interrupted' && !isAssistant) refuse('status', 'Only for an assistant')
    if (isTool && !message.tool_call_id) refuse('tool_call_id', 'Say which call this answers')
    if (!isTool && message.tool_call_id) refuse('tool_call_id', 'Only for a tool message')
    for (const part of message.parts ?? []) {
      if (!fitsRole(message.role, part)) {
        refuse('parts', `No part of the type ${part.type} in a message of the role ${message.role}`)
      }
    }
    const content = message.content ?? null
    if (content === null && !message.parts && !message.tool_calls) {
      refuse('content', 'Needed, unless there are parts or tool calls')
    }
    if (content === '' && !message.parts && !message.tool_calls && !isTool) {
      refuse('content', 'Empty')
    }
    const ids = message.tool_calls?.map((call) => call.id) ?? []
    if (new Set(ids).size < ids.length) refuse('tool_calls', 'Two calls have the same id')
    if (isSurelySmall(message)) return
    const text = textOfParts(message.parts ?? null)
    if (isLongerThan(CONTENT_BYTES, text)) refuse('parts', `More text than ${CONTENT_BYTES} bytes`)
    // The text of parts is stored beside them if no other text was sent.
    if (isLongerThan(MESSAGE_BYTES, JSON.stringify({ ...message, content: content ?? text }))) {
      context.addIssue({ code: 'custom', path: [], message: `Over ${MESSAGE_BYTES} bytes as JSON` })
    }
  })
  .meta({ id: 'NewMessage' })
export type NewMessage = z.infer<typeof NewMessage>

export const NewMessages = z.array(NewMessage).max(MESSAGES_PER_CALL)

/** A message as a caller sent it, normalised: what is stored, and what a retry is compared with. */
export interface Draft {
  id: string
  role: Role
  origin: z.infer<typeof Origin>
  content: string
  parts: Part[] | null
  toolCalls: ToolCall[] | null
  toolCallId: string | null
  status: z.infer<typeof Status>
  finishReason: string | null
  model: string | null
  tokensUsed: number | null
  extra: JsonObject | null
}

/**
 * The fields that a message may leave out, and what stands for them then. To add a field: here, in `Draft`, in the two
 * schemas above, as a column of the record (storage/tables.ts), and as a step of the log (conversation/log/schema.ts).
 */
export const unsaid = {
  parts: null,
  toolCalls: null,
  toolCallId: null,
  status: 'complete',
  finishReason: null,
  model: null,
  tokensUsed: null,
  extra: null,
} satisfies Omit<Draft, 'id' | 'role' | 'origin' | 'content'>

const snakeCase = (key: string): string =>
  key.replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`)

/** The fields of `unsaid`, with their names on the wire. A field that a test adds later is one too. */
const namesOnTheWire = new Map<string, string>()

function nameOf(key: string): string {
  const name = namesOnTheWire.get(key) ?? snakeCase(key)
  namesOnTheWire.set(key, name)
  return name
}

export function toDraft(message: NewMessage, id: string, origin: Draft['origin']): Draft {
  const said: Record<string, unknown> = {}
  for (const [key, otherwise] of Object.entries(unsaid)) {
    said[key] = message[nameOf(key) as keyof NewMessage] ?? otherwise
  }
  const content = message.content ?? textOfParts(message.parts ?? null)
  return { ...(said as typeof unsaid), id, origin, role: message.role, content }
}
