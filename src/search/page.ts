import type { Role } from '../contract/message.ts'
import type { Texts } from './texts.ts'

/** What a find shows of its conversation, and what finds are chosen by. Times in ms since the epoch. */
export interface Facts {
  title: string | null
  topic: string | null
  isActive: boolean
  quietSince: number
  createdAt: number
  updatedAt: number
  /** The stretches `[from, to]` that the line of messages consists of, in JSON; null if every message is on it. */
  path: string | null
}

/** What is to be found of a message. */
export interface Said {
  seq: number
  at: number
  id: string
  role: Role
  /** Empty if it is to be found no more. */
  texts: Texts
}

/** What the index is told of a conversation when it asks its object. */
export interface Page {
  /** Numbers of messages mean the same only as long as this is the same. */
  numbering: string
  /** The conversation's version that this is of. */
  version: number
  /** Whether this begins anew: what the index has of it is of other numbers. */
  isWhole: boolean
  facts: Facts
  messages: Said[]
  /** The last message that the index has then. */
  upTo: number
  hasMore: boolean
}
