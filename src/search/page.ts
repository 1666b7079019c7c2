import type { Texts } from './texts.ts'

/** What the index is told of a conversation when it asks its object. */
export interface Page {
  /** Numbers of messages mean the same only as long as this is the same. */
  numbering: string
  /** The conversation's version that this is of. */
  version: number
  /** Whether this begins anew: what the index has of it is of other numbers. */
  isWhole: boolean
  title: string | null
  topic: string | null
  isActive: boolean
  quietSince: number
  createdAt: number
  /** Messages by number, each with its time; without texts it is to be found no more. */
  messages: { seq: number; at: number; texts: Texts }[]
  /** The last message that the index has then. */
  upTo: number
  hasMore: boolean
}
