import * as z from 'zod'

import { type Conversation, type ConversationPatch, Metadata } from '../../contract/conversation.ts'
import { type JsonValue } from '../../contract/json.ts'
import { Problem } from '../frame/problem.ts'

/** Keys of a conversation's metadata. */
const EXTERNAL_ID = 'assistant-ui.external_id'
const PIECE = 'assistant-ui.metadata.'

/** How many pieces of how many characters a thread's metadata may take, if it is not a map of texts. */
const PIECES = 8
const PIECE_CHARS = 512

const isOurs = (key: string): boolean => key === EXTERNAL_ID || key.startsWith(PIECE)

export const Thread = z
  .object({
    id: z.uuid(),
    title: z.string().nullable(),
    last_message_at: z.iso.datetime(),
    metadata: z.unknown(),
    external_id: z.string().nullable(),
    project_id: z.string(),
    workspace_id: z.string().meta({ description: 'Whose it is' }),
    created_at: z.iso.datetime(),
    updated_at: z.iso.datetime(),
    is_archived: z.boolean(),
  })
  .meta({ id: 'AssistantUiThread' })

export const toThread = (conversation: Conversation): z.infer<typeof Thread> => ({
  id: conversation.id,
  title: conversation.title,
  last_message_at: conversation.updated_at,
  metadata: metadataOf(conversation.metadata),
  external_id: conversation.metadata[EXTERNAL_ID] ?? null,
  project_id: 'hilo',
  workspace_id: conversation.user_id ?? conversation.session_id ?? '',
  created_at: conversation.created_at,
  updated_at: conversation.updated_at,
  is_archived: !conversation.is_active,
})

/** What a client noted of a thread; null if nothing was. */
function metadataOf(kept: Metadata): JsonValue {
  const pieces = Array.from({ length: PIECES }, (_, index) => kept[`${PIECE}${index}`] ?? '')
  const json = pieces.join('')
  if (json !== '') return JSON.parse(json) as JsonValue
  const own = Object.entries(kept).filter(([key]) => !isOurs(key))
  return own.length > 0 ? Object.fromEntries(own) : null
}

type MetadataPatch = NonNullable<ConversationPatch['metadata']>

/**
 * A thread's metadata as a conversation can have it: a map of texts as it is, so that every other protocol reads it, and
 * anything else as JSON in pieces. All pieces are written at once, so that none of two writers' is left.
 *
 * @param standing what is there, all of which is replaced
 */
export function metadataPatch(metadata: unknown, standing: Metadata = {}): MetadataPatch {
  const none = Object.fromEntries([
    ...Array.from({ length: PIECES }, (_, index) => [`${PIECE}${index}`, null]),
    ...Object.keys(standing).flatMap((key) => (isOurs(key) ? [] : [[key, null]])),
  ]) as MetadataPatch
  if (metadata === null) return none
  const map = Metadata.safeParse(metadata)
  const isMap = map.success && Object.keys(map.data).length > 0
  if (isMap && !Object.keys(map.data).some(isOurs)) return { ...none, ...map.data }
  // A piece must not end within a character.
  const json = JSON.stringify(metadata).replaceAll(
    /[^ -~]/g,
    (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`,
  )
  if (json.length > PIECES * PIECE_CHARS) {
    const detail = `Over ${PIECES * PIECE_CHARS} characters as JSON`
    throw new Problem('invalid-request', { errors: [{ pointer: '/metadata', detail }] })
  }
  const pieces = Array.from({ length: Math.ceil(json.length / PIECE_CHARS) }, (_, index) => [
    `${PIECE}${index}`,
    json.slice(index * PIECE_CHARS, (index + 1) * PIECE_CHARS),
  ])
  return { ...none, ...(Object.fromEntries(pieces) as MetadataPatch) }
}

/** The metadata of a new conversation. */
export function firstMetadata(metadata: unknown, externalId: string | undefined): Metadata {
  const all = Object.entries(metadataPatch(metadata ?? null))
  return {
    ...Object.fromEntries(all.flatMap(([key, value]) => (value === null ? [] : [[key, value]]))),
    ...(externalId !== undefined && { [EXTERNAL_ID]: externalId }),
  }
}
