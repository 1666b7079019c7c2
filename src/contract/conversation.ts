import * as z from 'zod'

import {
  METADATA_KEYS,
  OWNER_LENGTH,
  SUMMARY_LENGTH,
  TITLE_LENGTH,
  TOPIC_LENGTH,
} from './limits.ts'
import { Message, MessageId, NewMessages } from './message.ts'
import { Text } from './text.ts'

export const ConversationId = z.uuid().toLowerCase()

/** An id that a client gives. Those of version 8 (RFC 9562) are the imports', and /v1's: nobody else takes one, or asks if it is taken. */
const NewConversationId = ConversationId.refine(
  (id) => id[14] !== '8',
  'A UUID of version 8 is for imports. Take one of version 4 or 7',
)

let languageNames: Intl.DisplayNames | undefined

/** Made when it is needed: it took a tenth of all that a start takes. */
function nameOf(language: string): string | undefined {
  languageNames ??= new Intl.DisplayNames(['en'], { type: 'language', fallback: 'none' })
  return languageNames.of(language)
}

/**
 * Whether a tag begins with a language: codes of two letters are all known by name, those of three are too many, and no
 * longer one is registered (iana.org/assignments/language-subtag-registry).
 */
const isLanguage = ({ language }: Intl.Locale): boolean =>
  language.length === 3 || (language.length === 2 && nameOf(language) !== undefined)

/** How many spellings are remembered: to make out one takes as long as all else that a short request needs. */
const SPELLINGS = 500
const spellings = new Map<string, string>()

/** A tag in its canonical spelling; null if it names no language. */
function canonical(tag: string): string | null {
  const known = spellings.get(tag)
  if (known !== undefined) return known
  try {
    const locale = new Intl.Locale(tag)
    if (!isLanguage(locale)) return null
    if (spellings.size < SPELLINGS) spellings.set(tag, locale.toString())
    return locale.toString()
  } catch {
    return null
  }
}

/** BCP 47, in its canonical spelling. */
export const Language = Text.max(35)
  .transform((tag, context) => {
    const language = canonical(tag)
    if (language !== null) return language
    context.addIssue({
      code: 'custom',
      message: 'Not a language: send a BCP 47 tag, such as es or pt-BR',
    })
    return z.NEVER
  })
  .meta({ description: 'BCP 47, such as es or pt-BR', type: 'string' })

export const Title = Text.min(1).max(TITLE_LENGTH)
const Topic = Text.min(1).max(TOPIC_LENGTH)
const Key = Text.min(1).max(64)
const Value = Text.max(512)

// Parsers drop a key of this name in silence, so it is refused by name before one can.
const withoutProto = (value: unknown, context: z.core.$RefinementCtx) => {
  if (typeof value === 'object' && value !== null && Object.hasOwn(value, '__proto__')) {
    context.addIssue({ code: 'custom', input: value, message: '__proto__ is no key' })
  }
  return value
}

export const Metadata = z.preprocess(
  withoutProto,
  z
    .record(Key, Value)
    .meta({ description: 'At most 16 keys of at most 64 characters, with values of at most 512' })
    .refine((map) => Object.keys(map).length <= METADATA_KEYS, `Over ${METADATA_KEYS} keys`),
)
export type Metadata = z.infer<typeof Metadata>

export const Conversation = z
  .object({
    id: z.uuid(),
    object: z.literal('conversation'),
    user_id: z.string().nullable(),
    session_id: z.string().max(OWNER_LENGTH).nullable(),
    language: z.string(),
    title: z.string().nullable(),
    summary: z.string().nullable(),
    topic: z.string().nullable(),
    is_active: z.boolean(),
    is_resolved: z.boolean(),
    hold: z.boolean(),
    created_at: z.iso.datetime(),
    updated_at: z.iso.datetime(),
    archived_at: z.iso.datetime().nullable(),
    message_count: z.int().meta({ description: 'On all branches' }),
    head_id: z.string().nullable().meta({
      description: 'The message that the conversation is at; null while there is none',
    }),
    summary_seq: z.int(),
    tokens_used: z.int(),
    metadata: z.record(z.string(), z.string()),
  })
  .meta({ id: 'Conversation' })
export type Conversation = z.infer<typeof Conversation>

export const ConversationWithMessages = Conversation.extend({
  messages: z.array(Message).meta({ description: 'The newest page, oldest first' }),
  has_more: z.boolean().meta({ description: 'Whether there are older messages' }),
  next_cursor: z.string().nullable().meta({
    description: 'Leads to the older ones: GET …/messages?cursor=',
  }),
}).meta({ id: 'ConversationWithMessages' })

export const NewConversation = z.strictObject({
  id: NewConversationId.optional(),
  title: Title.nullish(),
  topic: Topic.nullish(),
  language: Language.optional(),
  metadata: Metadata.optional(),
  messages: NewMessages.optional(),
})

export const ConversationPatch = z
  .strictObject({
    title: Title.nullable(),
    topic: Topic.nullable(),
    language: Language,
    is_resolved: z.boolean(),
    is_active: z.boolean().meta({ description: 'false archives, true restores' }),
    summary: Text.min(1).max(SUMMARY_LENGTH).meta({ description: 'For services' }),
    summary_seq: z.int().min(1).meta({
      description: 'For services: the last message that the summary covers; never goes back',
    }),
    hold: z.boolean().meta({
      description: 'For services with the scope hold: exempt from retention, and not to be erased',
    }),
    metadata: z.preprocess(withoutProto, z.record(Key, Value.nullable())).meta({
      description: 'Merged into what is there; null removes a key',
    }),
    head_id: MessageId.meta({
      description: 'Goes to the newest end of the conversation at or below this message',
    }),
  })
  .partial()
  .refine((patch) => (patch.summary === undefined) === (patch.summary_seq === undefined), {
    path: ['summary_seq'],
    message: 'summary and summary_seq go together',
  })
  .meta({ id: 'ConversationPatch' })
export type ConversationPatch = z.infer<typeof ConversationPatch>
