import type { Call } from '../../contract/caller.ts'
import type { Conversation } from '../../contract/conversation.ts'
import type { Answer } from '../../contract/problem.ts'
import { toConversation } from '../../storage/conversations.ts'
import { toRead } from '../log/access.ts'
import type { History } from '../log/history.ts'

/**
 * The conversation once the record shows it. A caller who hands it over meanwhile gets it as it was. If it is erased
 * meanwhile, nobody gets it.
 */
export async function shown(
  { log, flush }: { log: History; flush: { shown: () => Promise<void> } },
  { caller }: Call,
  toSee = toRead,
): Promise<Answer<{ conversation: Conversation }>> {
  const before = toSee(log.head(), caller)
  await flush.shown()
  const head = log.head()
  const after = toSee(head, caller)
  const access = head && !after.ok ? before : after
  return access.ok ? { ok: true, conversation: toConversation(access.head) } : access
}
