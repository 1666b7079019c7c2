import type { Message } from '../contract/message.ts'
import { toMessage } from '../storage/messages.ts'
import type { Log } from './log.ts'
import type { Head } from './rows.ts'

/** Which way a page of history runs, and the `seq` beyond which it begins; null for the very start. */
export interface PageRequest {
  order: 'asc' | 'desc'
  from: number | null
  limit: number
}

export interface Page {
  messages: Message[]
  hasMore: boolean
}

/** The newest messages, oldest first. */
export function newestPage(log: Log, head: Head, limit: number): Page {
  const { rows, hasMore } = log.before(head.lastSeq + 1, limit)
  return { messages: rows.toReversed().map(toMessage), hasMore }
}

/** A page of history in the order it runs. */
export function historyPage(log: Log, head: Head, { order, from, limit }: PageRequest): Page {
  const { rows, hasMore } =
    order === 'asc' ? log.after(from ?? 0, limit) : log.before(from ?? head.lastSeq + 1, limit)
  return { messages: rows.map(toMessage), hasMore }
}
