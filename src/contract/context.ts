import * as z from 'zod'

import { ToolCall } from './message.ts'
import { KnownPart } from './part.ts'

/** What a model is sent, in the form of the chat-completions API. */
export const Context = z
  .object({
    object: z.literal('context'),
    conversation_id: z.uuid(),
    messages: z.array(
      z.object({
        role: z.enum(['system', 'user', 'assistant', 'tool']),
        content: z.union([z.string(), z.array(KnownPart)]),
        tool_calls: z.array(ToolCall).optional(),
        tool_call_id: z.string().optional(),
      }),
    ),
    summary_used: z.boolean(),
    first_seq: z.int().nullable().meta({
      description: 'The oldest message that is in, the conversation’s own system messages aside',
    }),
    last_seq: z.int().nullable(),
    message_count: z.int(),
    token_estimate: z.int(),
  })
  .meta({ id: 'Context' })
