import type { Caller } from '../../contract/caller.ts'
import { log as logEvent } from '../../events.ts'
import type { Log } from '../log/log.ts'
import { factsOf } from '../reply/verdict.ts'
import type { Memory } from './memory.ts'
import { madeUpTitle } from './naming.ts'

/** A title now, as good as one can be had: what stands, what the model says, or what was asked first. */
export async function entitleNow(
  { log, memory }: { log: Log; memory: Memory },
  caller: Caller,
): Promise<string | null> {
  const head = log.head()
  if (head === null || (head.title !== null && !head.isTitleMadeUp)) return head?.title ?? null
  try {
    await memory.nameNow(head, caller)
  } catch (error) {
    const facts = { conversation_id: head.id, attempts: 0, ...factsOf(error) }
    logEvent({ event: 'memory-failed', ...facts })
  }
  const named = log.head()
  return named && (named.title ?? madeUpTitle(log, named))
}
