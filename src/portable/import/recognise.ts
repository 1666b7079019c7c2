import { isChatGpt, readChatGpt } from './chatgpt.ts'
import { isClaude, readClaude } from './claude.ts'
import { isDeepSeek, readDeepSeek } from './deepseek.ts'
import type { Found } from './found.ts'
import { isChatMessage, isGeneric, readGeneric } from './generic.ts'
import { isHilo, readHilo } from './hilo.ts'
import { isLibreChat, readLibreChat } from './librechat.ts'
import { isOpenWebUi, readOpenWebUi } from './open-webui.ts'
import { isShareGpt, isTurn, readShareGpt } from './sharegpt.ts'
import type { Fields } from './values.ts'

interface Format {
  is: (value: Fields) => boolean
  read: (value: Fields) => Found
}

// Those that are more special come first.
const formats: Format[] = [
  { is: isHilo, read: readHilo },
  { is: isDeepSeek, read: readDeepSeek },
  { is: isChatGpt, read: readChatGpt },
  { is: isClaude, read: readClaude },
  { is: isOpenWebUi, read: readOpenWebUi },
  { is: isLibreChat, read: readLibreChat },
  { is: isShareGpt, read: readShareGpt },
  { is: isGeneric, read: readGeneric },
]

export const isKnown = (value: Fields): boolean => formats.some(({ is }) => is(value))

/** A conversation, recognised by what it holds; null if no known program makes such a one. */
export const recognise = (value: Fields): Found | null =>
  formats.find(({ is }) => is(value))?.read(value) ?? null

/** Of which conversation a message is that stands in a list of messages; null if it is not one. */
export const chatOf = (value: Fields): string | null =>
  isTurn(value) || isChatMessage(value) ? '' : null

/** A conversation of messages that were in such a list. */
export const gatheredIn = (messages: Fields[], document: Fields): Fields =>
  'conversations' in document || messages.some(isTurn)
    ? { ...document, conversations: messages }
    : { ...document, messages }

export const TAKEN =
  'Taken are: Hilo (ndjson or json), ChatGPT (conversations.json or one of its numbered parts), ' +
  'Claude (conversations.json), Open WebUI (all chats or one, as JSON) and LibreChat (one conversation as JSON).'
