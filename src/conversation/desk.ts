import type { Flush } from './flush.ts'
import type { Log } from './log.ts'
import type { Memory } from './memory.ts'
import type { Replies } from './replies.ts'

/** What the object works with. */
export interface Desk {
  storage: DurableObjectStorage
  settings: () => Env
  log: Log
  flush: Flush
  memory: Memory
  replies: Replies
}
