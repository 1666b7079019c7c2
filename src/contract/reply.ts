import * as z from 'zod'

import { Conversation, NewConversation } from './conversation.ts'
import type { JsonObject } from './json.ts'
import { Message, MessageId, NewMessageId, NewMessages } from './message.ts'
import { Text } from './text.ts'

export const Tool = z
  .object({
    type: z.literal('function'),
    function: z.object({
      name: Text.min(1).max(256),
      description: Text.optional(),
      parameters: z.record(z.string(), z.unknown()).optional(),
      strict: z.boolean().nullish(),
    }),
  })
  .meta({ id: 'Tool' })
export type Tool = z.infer<typeof Tool>

export const ToolChoice = z
  .union([
    z.enum(['none', 'auto', 'required']),
    z.strictObject({
      type: z.literal('function'),
      function: z.strictObject({ name: Text.min(1).max(256) }),
    }),
  ])
  .meta({ id: 'ToolChoice' })
export type ToolChoice = z.infer<typeof ToolChoice>

/** What becomes of a running reply if new messages come. */
export const OnBusy = z.enum(['reject', 'interrupt']).optional().meta({
  description:
    'While a reply runs: `reject` (by default) refuses the request, `interrupt` stops the reply and keeps it first',
})

/** How the model is to answer, beside that. What an endpoint does not take is left out. */
export interface ReplyOptions {
  max_output_tokens?: number
  temperature?: number
  top_p?: number
  parallel_tool_calls?: boolean
  reasoning_effort?: string
  /** As the chat-completions API takes it. */
  response_format?: JsonObject
}

/** What the rooms of other protocols say of a turn. */
export interface Asked {
  /** Stands behind the deployment's own prompt, for this reply alone. */
  instructions?: string | undefined
  options?: ReplyOptions | undefined
  /** Kept with the reply, under the name of the protocol. */
  extra?: JsonObject | undefined
}

/**
 * Names the messages of a request whose client gives them no ids, so that the same request again is found. The ids, and
 * that of the reply, hold `key`, which the same request has too, and behind it `nonce`, which it has not.
 */
export interface Series {
  key: string
  nonce: string
  /** Whether the client says that it sends the request once more. */
  isAgain: boolean
}

/** How the model is to answer. */
const Asking = z.strictObject({
  model: Text.min(1).max(256).optional(),
  tools: z.array(Tool).min(1).max(128).optional(),
  tool_choice: ToolChoice.optional(),
  reply_id: NewMessageId.optional().meta({
    description: 'The id that the reply gets. The same request again finds the same reply',
  }),
})

/** Where new messages go. */
export const ParentId = MessageId.nullish().meta({
  description:
    'The message that the first one follows; `null` if it is to stand beside the first of the conversation. If left ' +
    'out: the head. What follows it already stays, as another branch',
})

export const ContinueRequest = Asking.extend({
  messages: NewMessages.optional().meta({
    description:
      'May be left out: then `parent_id` is the message to be answered, or answered once more',
  }),
  on_busy: OnBusy,
  parent_id: ParentId,
})
  .refine(
    ({ messages, parent_id: parentId }) =>
      typeof parentId === 'string' ||
      (messages !== undefined && (parentId === undefined || messages.length > 0)),
    {
      path: ['messages'],
      message: 'Send messages, or as `parent_id` the id of the message to be answered',
    },
  )
  .meta({ id: 'ContinueRequest' })

export const CreateRequest = NewConversation.extend({
  continue: Asking.optional().meta({
    description:
      'Has the model answer the first messages in the same call, which is answered as `continue` is. May be `{}`',
  }),
})
  .refine(({ continue: asking, messages = [] }) => asking === undefined || messages.length > 0, {
    path: ['messages'],
    message: 'Send at least one message for the model to answer',
  })
  .meta({ id: 'NewConversation' })

export const ContinueAnswer = z
  .object({ message: Message, accepted: z.array(Message), conversation: Conversation })
  .meta({ id: 'ContinueAnswer' })
export type ContinueAnswer = z.infer<typeof ContinueAnswer>

/** Why a stream is closed whose reply it has not told to its end, and what to do then. */
export const streamClosings = {
  expired: 'The token has expired. Connect again with a new one, after the id of this event.',
  'not-yours': 'The conversation is a user’s now. The reply goes on for them.',
  erased: 'The conversation is erased, and its reply with it.',
} as const
export type StreamClosing = keyof typeof streamClosings
