import type { Draft } from '../contract/message.ts'
import type { Flush } from './flush.ts'
import type { Memory } from './memory.ts'
import type { Head } from './rows.ts'

/** Takes on what new messages make due, `head` being the conversation with them; to be called in the same transaction as their append. */
export function owe(
  { flush, memory }: { flush: Flush; memory: Memory },
  head: Head,
  kept: Draft[],
  duringReply = false,
) {
  flush.owe({ bytes: kept.reduce((sum, draft) => sum + draft.content.length, 0), duringReply })
  memory.owe(head)
}
