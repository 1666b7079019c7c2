import type { Flush } from './flush.ts'
import type { Live } from './live.ts'
import type { Log } from './log.ts'
import type { Memory } from './memory.ts'
import type { Replies } from './replies.ts'
import type { Tickets } from './tickets.ts'

/** What the object works with. */
export interface Desk {
  settings: () => Env
  log: Log
  flush: Flush
  memory: Memory
  replies: Replies
  live: Live
  tickets: Tickets
}
