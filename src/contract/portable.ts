import type { Conversation } from './conversation.ts'
import type { Message } from './message.ts'

/** The formats that conversations can be taken away in. */
export const exportFormats = [
  'ndjson',
  'json',
  'markdown',
  'html',
  'openai',
  'chatgpt',
  'csv',
] as const
export type ExportFormat = (typeof exportFormats)[number]

/** Of Hilo's own formats, `ndjson` and `json`. */
export const EXPORT_VERSION = 1

/** A conversation as its export has it: with what an import brought that has no field. */
export type PortableConversation = Conversation & { extra: unknown }

/** A page of one conversation on its way out. */
export interface ExportPage {
  conversation: Conversation
  /** JSON. */
  extra: string
  messages: Message[]
  /** The last message of this export: later ones came after it had begun. */
  upTo: number
}
