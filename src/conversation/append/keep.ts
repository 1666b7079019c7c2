import type { Draft, Message } from '../../contract/message.ts'
import type { MessageRow } from '../../storage/tables.ts'
import type { Core } from '../duties/core.ts'
import type { Head } from '../log/rows.ts'
import type { Memory } from '../memory/memory.ts'
import type { Flush } from '../record/flush.ts'
import type { CurrentReply } from '../reply/current.ts'
import type { Replies } from '../reply/replies.ts'

/** What everything that brings messages in works with. */
export interface Appender extends Core {
  flush: Flush
  memory: Memory
  replies: Replies
  current: CurrentReply
}

/**
 * Stops a running reply, which is kept first, and keeps new messages. To be called in the transaction that also takes on
 * what they make due. Returns the conversation with all of that.
 *
 * @param after the message that they come after; null for the conversation's head once the reply is stopped
 */
export function keep(
  { log, current, replies }: Appender,
  head: Head,
  fresh: Draft[],
  after: number | null,
): { head: Head; rows: MessageRow[]; messages: Message[] } {
  const interrupts = current.running !== null
  replies.interrupt()
  const before = interrupts ? (log.head() ?? head) : head
  if (fresh.length === 0) return { head: before, rows: [], messages: [] }
  return log.append(before, fresh, Date.now(), after ?? before.headSeq)
}
