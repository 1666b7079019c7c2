import type { Conversation } from '../contract/conversation.ts'
import type { ExportCut, Fork, PortableMessage } from '../contract/portable.ts'

/** What is known of an export before its first conversation. */
export interface Beginning {
  exportedAt: Date
  /** Of the one conversation that is exported; null if it is all of somebody's. */
  title: string | null
  language: string | null
  /** Where the next export goes on; null if this one has all. */
  nextCursor: string | null
}

export interface Totals {
  conversations: number
  messages: number
  /** Those of them that the format cannot hold; not given by formats that hold all. */
  left_out?: number
}

/** SHA-256 of what it was given so far. */
export interface Digest {
  add: (text: string) => void
  hex: () => Promise<string>
}

/** Writes one export, piece by piece: it never holds more than a few messages. */
export interface Writer {
  open: () => string
  /** @param leftOut how many messages are on other branches than the one that is given out */
  conversation: (conversation: Conversation, leftOut: number) => string
  /** Of formats that hold branches: where messages that come next branch off. */
  forks?: (forks: Fork[]) => void
  /** Of formats that hold what has no field: its JSON piece by piece, and what closes the conversation's fields. */
  extra?: { piece: (json: string) => string; close: () => string }
  message: (message: PortableMessage) => string
  /** Of formats that say what each message follows: one that was deleted has its place in them, without words. */
  keepsPlaces?: true
  closeConversation: () => string
  /** Of formats that cannot hold each conversation: how many they left out. */
  leftOut?: () => number
  end: (totals: Totals) => string | Promise<string>
  /** Says why the file has no end; written in place of the end. */
  cut?: (reason: ExportCut) => string
}

export interface Format {
  mediaType: string
  /** Of its files, without the dot. */
  extension: string
  /** Whether it holds one line of a conversation, and no other branches. */
  isLine?: true
  writer: (beginning: Beginning, digest: Digest) => Writer | Promise<Writer>
}
