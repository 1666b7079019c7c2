import { type Found, type FoundMessage, roleOf } from './found.ts'
import { type Fields, idOf, isFields, listOf, rest, textOf } from './values.ts'

export const isHilo = (value: Fields): boolean =>
  value['object'] === 'conversation' && Array.isArray(value['messages'])

/** A conversation with its messages, as the wire has both. Whose it was, its summary and its hold are not believed. */
export const readHilo = (value: Fields): Found => ({
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
  messages: listOf(value['messages']).filter(isFields).map(readMessage),
  extra: {},
  own: value['extra'],
})

const readMessage = (message: Fields): FoundMessage => ({
  id: idOf(message['id']),
  role: roleOf(message['role']) ?? 'system',
  content: textOf(message['content']),
  parts: message['parts'],
  toolCalls: message['tool_calls'],
  toolCallId: message['tool_call_id'],
  isInterrupted: message['status'] === 'interrupted',
  finishReason: message['finish_reason'],
  model: message['model'],
  tokensUsed: message['tokens_used'],
  createdAt: message['created_at'],
  more: rest(message, understood),
})

const understood = [
  'id',
  'object',
  'conversation_id',
  'seq',
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
]
