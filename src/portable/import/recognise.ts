import type { Found } from './found.ts'
import type { FilesBeside } from './parts.ts'
import { isChatGpt } from './programs/chatgpt-shape.ts'
import { readChatGpt } from './programs/chatgpt.ts'
import { isClaude, readClaude } from './programs/claude.ts'
import { isDeepSeek, readDeepSeek } from './programs/deepseek.ts'
import { isGemini, isNoTurn, readGemini } from './programs/gemini.ts'
import { isChatMessage, isGeneric, readGeneric } from './programs/generic.ts'
import { isGrok, readGrok } from './programs/grok.ts'
import { isHilo, readHilo } from './programs/hilo.ts'
import { isLeChat, isLeChatMessage, readLeChat } from './programs/le-chat.ts'
import { isLibreChat, readLibreChat } from './programs/librechat.ts'
import { isLobeChat, lobeChatsIn, readLobeChat } from './programs/lobechat.ts'
import { isOpenWebUi, readOpenWebUi } from './programs/open-webui.ts'
import { isShareGpt, isTurn, readShareGpt } from './programs/sharegpt.ts'
import { isTypingMind, readTypingMind } from './programs/typingmind.ts'
import { type Fields, isFields, listOf, textOf } from './values.ts'

interface Format {
  is: (value: Fields) => boolean
  read: (value: Fields, beside?: FilesBeside) => Found
}

// The more special forms come first.
const formats: Format[] = [
  { is: isHilo, read: readHilo },
  { is: isDeepSeek, read: readDeepSeek },
  { is: isChatGpt, read: readChatGpt },
  { is: isClaude, read: readClaude },
  { is: isOpenWebUi, read: readOpenWebUi },
  { is: isLibreChat, read: readLibreChat },
  { is: isGrok, read: readGrok },
  { is: isGemini, read: readGemini },
  { is: isLeChat, read: readLeChat },
  { is: isLobeChat, read: readLobeChat },
  { is: isTypingMind, read: readTypingMind },
  { is: isShareGpt, read: readShareGpt },
  { is: isGeneric, read: readGeneric },
]

export const isKnown = (value: Fields): boolean => formats.some(({ is }) => is(value))

/** A conversation, recognised by what it holds; null if no known program makes such a one. */
export const recognise = (value: Fields, beside?: FilesBeside): Found | null =>
  formats.find(({ is }) => is(value))?.read(value, beside) ?? null

/** Whether a value tells of something else than a conversation. It is left out then. */
export const isLeftOut = isNoTurn

/**
 * The conversations of a document that has all their messages in one list, or has them under names of its own; null if it
 * has none.
 */
export const manyIn = (value: Fields): unknown[] | null =>
  lobeChatsIn(value) ?? (isKnown(value) ? null : nestedIn(value, DEEPEST))

/** How deep conversations are looked for. */
const DEEPEST = 3

/** Conversations that stand in lists, or each under a name, such as its id; null if there are none, or words beside them. */
function nestedIn(value: Fields, levels: number): unknown[] | null {
  const inside = Object.values(value)
  const isOne = (one: unknown) => isFields(one) && isKnown(one)
  const isSaid = (one: unknown) => isFields(one) && chatOf(one) !== null
  if (inside.some((one) => listOf(one).some(isSaid))) return null
  const lists = inside.filter((one) => listOf(one).some(isOne))
  if (lists.length > 0) return lists.flatMap(listOf)
  const own = inside.filter(isFields)
  if (own.some(isOne)) {
    const named = Object.entries(value).filter(([, one]) => isFields(one))
    return named.map(([name, one]) => (/\d/.test(name) ? { id: name, ...(one as Fields) } : one))
  }
  if (levels === 1) return null
  const deeper = own.flatMap((one) => nestedIn(one, levels - 1) ?? [])
  return deeper.length > 0 ? deeper : null
}

/** The conversation that a message in a list of messages belongs to; null if the value is no message. */
export function chatOf(value: Fields): string | null {
  if (isLeChatMessage(value)) return textOf(value['chatId'])
  return isTurn(value) || isChatMessage(value) ? '' : null
}

/** A conversation of messages that were in such a list. */
export const gatheredIn = (messages: Fields[], document: Fields): Fields =>
  'conversations' in document || messages.some(isTurn)
    ? { ...document, conversations: messages }
    : { ...document, messages }

export const TAKEN =
  'Taken are the JSON exports of Hilo, ChatGPT, Claude, Open WebUI, LibreChat, DeepSeek, Grok, Gemini (Google Takeout), ' +
  'Le Chat, LobeChat and TypingMind, lines or lists of OpenAI messages and of ShareGPT, and any ' +
  '{title, messages: [{role, content}]}.'
