import type { Caller } from '../../contract/caller.ts'
import type { Draft } from '../../contract/message.ts'
import type { Head } from '../log/rows.ts'
import type { Flush } from '../record/flush.ts'
import { callsPaidBy } from './budget.ts'
import type { Memory } from './memory.ts'

/**
 * Takes on what new messages make due, `head` being the conversation with them; to be called in the same transaction
 * as their append.
 *
 * @param caller who wrote them; null if the model did
 */
export function owe(
  { flush, memory }: { flush: Flush; memory: Memory },
  head: Head,
  kept: Draft[],
  caller: Caller | null,
  duringReply = false,
) {
  flush.owe({ bytes: kept.reduce((sum, draft) => sum + draft.content.length, 0), duringReply })
  const isWell = caller === null && kept.every(({ status }) => status === 'complete')
  memory.owe(head, caller ? callsPaidBy(caller, duringReply) : 0, isWell)
}
