import { type Found, type FoundMessage, type KnownFile, roleOf } from '../found.ts'
import { type Fields, idOf, isFields, listOf, rest, textOf } from '../values.ts'

export const isHilo = (value: Fields): boolean =>
  value['object'] === 'conversation' && Array.isArray(value['messages'])

/** A conversation with its messages, as the wire has both. Whose it was, its summary and its hold are not believed. */
export function readHilo(value: Fields): Found {
  const all = listOf(value['messages']).filter(isFields)
  const messages = all.filter((message) => message['status'] !== 'deleted')
  const before = beforeDeleted(all)
  const places = new Map(messages.map((message, index) => [idOf(message['id']), index + 1]))
  const head = places.get(before(idOf(value['head_id'])))
  const mended: string[] = []
  const known: Found['known'] = new Map()
  return {
    ...conversationIn(value),
    messages: messages.map((message, index) => ({
      ...readMessage(message, known),
      ...followsIn(message, index, { places, before, mended }),
    })),
    ...(head !== undefined && { head }),
    mended,
    known,
  }
}

interface Around {
  places: Map<string | null, number>
  before: (id: string | null) => string | null
  mended: string[]
}

/** What follows a message that was deleted follows the one before that. */
function beforeDeleted(messages: Fields[]): Around['before'] {
  const deleted = new Map(
    messages
      .filter((message) => message['status'] === 'deleted')
      .map((message) => [idOf(message['id']), idOf(message['parent_id'])]),
  )
  return (id) => {
    let at = id
    // Once each at the most: a file may say that they follow one another.
    for (let left = deleted.size; left > 0 && deleted.has(at); left -= 1) at = deleted.get(at)!
    return at
  }
}

/** The message that one follows has to come before it. Files from before there were branches do not say. */
function followsIn(
  message: Fields,
  index: number,
  { places, before, mended }: Around,
): { follows?: number } {
  const { parent_id: parent } = message
  if (parent === undefined) return {}
  const named = idOf(parent)
  const standing = before(named)
  if (parent === null || (named !== null && standing === null)) return { follows: 0 }
  const follows = places.get(standing)
  if (follows !== undefined && follows <= index) return { follows }
  mended.push(
    `Message ${idOf(message['id'])} follows ${idOf(parent)}, which does not come before it. It follows the one before it.`,
  )
  return {}
}

const conversationIn = (value: Fields): Found => ({
  source: 'hilo',
  sourceId: idOf(value['id']),
  title: value['title'],
  topic: value['topic'],
  language: value['language'],
  metadata: value['metadata'],
  isResolved: value['is_resolved'] === true,
  isArchived: value['is_active'] === false,
  archivedAt: value['archived_at'],
  createdAt: value['created_at'],
  updatedAt: value['updated_at'],
  messages: [],
  extra: {},
  own: value['extra'],
})

const readMessage = (message: Fields, known: Map<string, KnownFile>): FoundMessage => ({
  id: idOf(message['id']),
  role: roleOf(message['role']) ?? 'system',
  content: textOf(message['content']),
  parts: partsOf(message['parts'], known),
  toolCalls: message['tool_calls'],
  toolCallId: message['tool_call_id'],
  isInterrupted: message['status'] === 'interrupted',
  finishReason: message['finish_reason'],
  model: message['model'],
  tokensUsed: message['tokens_used'],
  createdAt: message['created_at'],
  extra: message['extra'],
  more: rest(message, understood),
})

/** Parts as they were before the export said which files they name: that is collected. */
function partsOf(parts: unknown, known: Map<string, KnownFile>): unknown {
  if (!Array.isArray(parts)) return parts
  return listOf(parts).map((part) => {
    if (!isFields(part)) return part
    const kind = part['type'] === 'file' ? 'file' : 'image_url'
    const inside = part[kind]
    if (!isFields(inside) || !isFields(inside['stored'])) return part
    const { stored, ...rest } = inside
    const { sha256, name } = stored as Fields
    const id = idOf(rest['file_id'])
    if (id !== null && /^[0-9a-f]{64}$/.test(textOf(sha256))) {
      known.set(id, { sha256: textOf(sha256), name: idOf(name) })
    }
    return { ...part, [kind]: rest }
  })
}

const understood = [
  'id',
  'object',
  'conversation_id',
  'seq',
  'parent_id',
  'siblings',
  'role',
  'origin',
  'content',
  'parts',
  'tool_calls',
  'tool_call_id',
  'status',
  'finish_reason',
  'model',
  'tokens_used',
  'created_at',
  'extra',
]
