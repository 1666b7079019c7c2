import type { Draft } from '../contract/message.ts'
import type { Flush } from './flush.ts'
import type { Log } from './log.ts'
import type { Memory } from './memory.ts'
import type { Replies } from './replies.ts'

/** What the object works with. */
export interface Desk {
  settings: () => Env
  log: Log
  flush: Flush
  memory: Memory
  replies: Replies
}

/** Takes on what new messages make due; to be called in the same step as their append. */
export function owe(
  { flush, memory }: Pick<Desk, 'flush' | 'memory'>,
  kept: Draft[],
  duringReply = false,
) {
  flush.owe({ bytes: kept.reduce((sum, draft) => sum + draft.content.length, 0), duringReply })
  memory.owe()
}
