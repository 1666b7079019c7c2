import * as z from 'zod'

import type { JsonObject, JsonValue } from '../../contract/json.ts'
import { Tool, ToolChoice } from '../../contract/reply.ts'
import { Text } from '../../contract/text.ts'
import { ChatId } from './chat-id.ts'

/** One part of a UI message. Each kind has fields of its own; those that Hilo does not know are kept too. */
export type UIPart = { type: string } & JsonObject

const UIPart = z.looseObject({ type: Text.min(1).max(128) }) as unknown as z.ZodType<UIPart>

/** A message as the AI SDK keeps it. All of a model's turn is one, with its tool calls and what they came to. */
export const UIMessage = z
  .looseObject({
    id: Text.min(1).max(256),
    role: z.enum(['system', 'user', 'assistant']),
    parts: z.array(UIPart).max(1_000),
    metadata: (z.unknown() as z.ZodType<JsonValue>).optional(),
  })
  .meta({ id: 'UIMessage' })
export type UIMessage = z.infer<typeof UIMessage>

/** What comes back to a client: what `validateUIMessages` of each version takes. */
export const ShownMessage = z
  .object({
    id: z.string(),
    role: z.enum(['system', 'user', 'assistant']),
    metadata: (z.unknown() as z.ZodType<JsonValue>).optional(),
    parts: z.array(UIPart),
  })
  .meta({ id: 'ShownUIMessage' })
export type ShownMessage = z.infer<typeof ShownMessage>

const ChatTool = Tool.extend({
  needsApproval: z.boolean().optional().meta({
    description:
      'A person is asked first. For clients of version 6 and newer: older ones know no approvals',
  }),
})

export const ChatRequest = z
  .looseObject({
    id: ChatId,
    messages: z.array(UIMessage).min(1).max(10_000).optional().meta({
      description: 'The whole history, the new message last: the default of every transport',
    }),
    message: UIMessage.optional().meta({
      description: 'The last message alone, in place of `messages`',
    }),
    trigger: z.enum(['submit-message', 'regenerate-message']).default('submit-message'),
    messageId: z.string().nullish().meta({
      description: 'The message that is edited, regenerated, or has results of tools now',
    }),
    model: Text.min(1).max(256).optional(),
    tools: z.array(ChatTool).min(1).max(128).optional().meta({
      description: 'Functions that the client, or its back end, runs',
    }),
    tool_choice: ToolChoice.optional(),
  })
  .refine(({ message, messages }) => (message === undefined) !== (messages === undefined), {
    path: ['messages'],
    message: 'Send the history as `messages`, or the last message alone as `message`',
  })
  .meta({ id: 'ChatRequest' })
export type ChatRequest = z.infer<typeof ChatRequest>
