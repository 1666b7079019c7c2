import type { Conversation } from './conversation.ts'
import type { Message } from './message.ts'

/** The formats that conversations can be taken away in. */
export const exportFormats = [
  'ndjson',
  'json',
  'markdown',
  'html',
  'openai',
  'sharegpt',
  'chatgpt',
  'csv',
] as const
export type ExportFormat = (typeof exportFormats)[number]

/** Of Hilo's own formats, `ndjson` and `json`. */
export const EXPORT_VERSION = 1

/** What an import brought that has no field, on its way out: pieces of its JSON, none if there is nothing. */
export interface ExtraPage {
  pieces: string[]
  /** The number of the last piece here, and of the last one of all. */
  last: number
  upTo: number
}

/** A message in a file. Those beside it are in the file too, or the file holds one line. */
export type PortableMessage = Omit<Message, 'siblings'>

/** Messages that branch off after one; null stands for what comes before the first. The next in order is not among them. */
export interface Fork {
  id: string | null
  children: { id: string; isReasoned: boolean }[]
}

/** A page of one conversation on its way out. */
export interface ExportPage {
  conversation: Conversation
  /** On the first page alone. */
  extra: ExtraPage | null
  messages: PortableMessage[]
  /** Where it branches, if the export is of all branches. */
  forks: Fork[]
  /** How many messages are on other branches, if it is of one line. On the first page alone. */
  leftOut: number
  /** The last message of this export: later ones came after it had begun. */
  upTo: number
}

/** Why an export ends before its end. */
export const exportCuts = {
  expired: 'The token has expired. Ask again with another one.',
  gone: 'A conversation was erased, or became another’s, while it was given out. Ask again.',
} as const
export type ExportCut = keyof typeof exportCuts
