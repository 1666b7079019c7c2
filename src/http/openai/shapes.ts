import * as z from 'zod'

import type { Conversation } from '../../contract/conversation.ts'
import { Metadata } from '../../contract/conversation.ts'
import { numberParameter, wordParameter } from '../frame/parameters.ts'
import { conversationId } from './ids.ts'
import { NewItem } from './items-in.ts'

/** OpenAI's own descriptions of these are the reference: what is here is what Hilo looks at. */
export const Item = z
  .looseObject({ id: z.string(), type: z.string() })
  .meta({ id: 'OpenAIItem', description: 'Any item of OpenAI’s Responses API' })

export const ConversationObject = z
  .object({
    id: z.string(),
    object: z.literal('conversation'),
    created_at: z.int().meta({ description: 'Seconds since the epoch' }),
    metadata: z.record(z.string(), z.string()),
    title: z.string().nullable().meta({ description: 'Hilo’s own' }),
  })
  .meta({ id: 'OpenAIConversation' })
export type ConversationObject = z.infer<typeof ConversationObject>

/** A list as OpenAI pages it: the next page is asked for with `after=last_id`. */
export const listOf = <T extends z.ZodType>(one: T) =>
  z.object({
    object: z.literal('list'),
    data: z.array(one),
    first_id: z.string().nullable(),
    last_id: z.string().nullable(),
    has_more: z.boolean(),
  })

export interface Listed<T> {
  object: 'list'
  data: T[]
  first_id: string | null
  last_id: string | null
  has_more: boolean
}

export const listed = <T extends { id: string }>(data: T[], hasMore: boolean): Listed<T> => ({
  object: 'list',
  data,
  first_id: data[0]?.id ?? null,
  last_id: data.at(-1)?.id ?? null,
  has_more: hasMore,
})

export const page = {
  limit: numberParameter(1, 100).default(20),
  after: z.string().optional().meta({ description: '`last_id` of the page before' }),
  order: wordParameter(['asc', 'desc']).default('desc'),
}

/** What a list of items may be asked for beside that. */
export const pageOfItems = z.looseObject(page)

export const Items = z.array(NewItem).max(100, 'Send at most 100 items at once')

const Nullable = Metadata.nullish().transform((metadata) => metadata ?? undefined)

export const NewConversation = z
  .looseObject({ items: Items.nullish(), metadata: Nullable })
  .meta({ id: 'OpenAINewConversation' })

export const ConversationUpdate = z
  .looseObject({ metadata: Metadata.nullable() })
  .meta({ id: 'OpenAIConversationUpdate' })

export const NewItems = z.looseObject({ items: Items.min(1) }).meta({ id: 'OpenAINewItems' })

export const shapeOf = (conversation: Conversation): ConversationObject => ({
  id: conversationId(conversation.id),
  object: 'conversation',
  created_at: Math.floor(Date.parse(conversation.created_at) / 1000),
  metadata: conversation.metadata,
  title: conversation.title,
})
