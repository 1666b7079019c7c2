import * as z from 'zod'

import { listOf } from './list.ts'
import { Role } from './message.ts'

export const SEARCH_PAGE = 50

const Hit = z
  .object({
    object: z.literal('search_hit'),
    conversation: z.object({
      id: z.uuid(),
      title: z.string().nullable(),
      topic: z.string().nullable(),
      is_active: z.boolean(),
      created_at: z.iso.datetime(),
      updated_at: z.iso.datetime(),
    }),
    message: z
      .object({
        id: z.string(),
        seq: z.int().positive(),
        role: Role,
        created_at: z.iso.datetime(),
        is_on_path: z.boolean().meta({
          description: 'Whether it is on the branch that the conversation is on',
        }),
      })
      .nullable()
      .meta({
        description: 'Where it was found: GET …/messages?around=ID shows it. Null for a title',
      }),
    found_in: z
      .enum(['title', 'content', 'reasoning', 'tool_calls'])
      .meta({ description: 'What the excerpt is from' }),
    excerpt: z.object({
      text: z.string(),
      highlights: z.array(z.object({ start: z.int(), end: z.int() })).meta({
        description: 'What was looked for, in UTF-16 units of `text`: `text.slice(start, end)`',
      }),
    }),
  })
  .meta({ id: 'SearchHit' })
export type Hit = z.infer<typeof Hit>

export const Indexed = z.object({
  conversations: z.int().meta({ description: 'How many of the conversations were searched' }),
  of: z
    .int()
    .meta({ description: 'How many there are. If it is more, the rest follows by itself' }),
})
export type Indexed = z.infer<typeof Indexed>

export const SearchAnswer = listOf(Hit).extend({ indexed: Indexed }).meta({ id: 'SearchAnswer' })
