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
  const turns = turnsIn(value)
  const messages = turns.map(({ message }) => message)
  const parents = turns.map(({ parent }) => parent)
  return {
    source: 'typingmind',
    sourceId: idOf(value['chatID'], value['id']),
    title: value['chatTitle'],
    createdAt: value['createdAt'],
    updatedAt: value['updatedAt'],
    isArchived: false,
    ...readChat(value, messages, conversationFields, parents),
  }
}

interface Turn {
  message: Fields
  /** The place of the message that it follows. */
  parent: number | null
}

/** The messages of a chat. The answers of several models to one question stand beside each other, and the last one goes on. */
function turnsIn(value: Fields): Turn[] {
  const turns: Turn[] = []
  let last: number | null = null
  for (const message of listOf(value['messages']).filter(isFields)) {
    const answers = listOf(message['responses']).filter(isFields)
    const before: number | null = last
    for (const answer of answers) {
      last = before
      for (const one of listOf(answer['messages']).filter(isFields)) {
        turns.push({ message: { model: answer['model'], ...one }, parent: last })
        last = turns.length - 1
      }
    }
    if (answers.length > 0) continue
    turns.push({ message, parent: last })
    last = turns.length - 1
  }
  return turns
}
