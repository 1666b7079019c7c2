import type { Core } from '../duties/core.ts'
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
