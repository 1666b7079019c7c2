import type { Found } from '../found.ts'
import { type Fields, areMessages, idOf, isFields, listOf } from '../values.ts'
import { readChat } from './generic.ts'

const conversationFields = [
  'id',
  'chatID',
  'chatTitle',
  'createdAt',
  'updatedAt',
  'model',
  'messages',
]

export const isTypingMind = (value: Fields): boolean =>
  ('chatID' in value || 'chatTitle' in value) &&
  areMessages(value['messages'], ({ role }) => typeof role === 'string')

/** One of the chats of a TypingMind export. Several models may have answered at once. */
export function readTypingMind(value: Fields): Found {
  return {
    source: 'typingmind',
    sourceId: idOf(value['chatID'], value['id']),
    title: value['chatTitle'],
    createdAt: value['createdAt'],
    updatedAt: value['updatedAt'],
    isArchived: false,
    ...readChat(value, listOf(value['messages']).filter(isFields), conversationFields),
  }
}
