import { isChatGpt, readChatGpt } from './chatgpt.ts'
import { isClaude, readClaude } from './claude.ts'
import { isDeepSeek, readDeepSeek } from './deepseek.ts'
import type { Found } from './found.ts'
import { isGeneric, readGeneric } from './generic.ts'
import { isHilo, readHilo } from './hilo.ts'
import { isLibreChat, readLibreChat } from './librechat.ts'
import { isOpenWebUi, readOpenWebUi } from './open-webui.ts'
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
  { is: isGeneric, read: readGeneric },
]

/** A conversation, recognised by what it holds; null if no known program makes such a one. */
export const recognise = (value: Fields): Found | null =>
  formats.find(({ is }) => is(value))?.read(value) ?? null

export const TAKEN =
  'Taken are: Hilo (ndjson or json), ChatGPT (conversations.json or one of its numbered parts), ' +
  'Claude (conversations.json), Open WebUI (all chats or one, as JSON) and LibreChat (one conversation as JSON).'
