import type { Call } from '../../contract/caller.ts'
import type { Conversation } from '../../contract/conversation.ts'
import type { Draft } from '../../contract/message.ts'
import type { Answer } from '../../contract/problem.ts'
import { toConversation } from '../../storage/conversations.ts'
import { create } from '../append/append.ts'
import type { Desk } from '../desk.ts'
import { toRead } from '../log/access.ts'
import { handedOver } from './claim.ts'
import type { Beginnings } from './fields.ts'

/**
 * The conversation once the record shows it. A caller who hands it over meanwhile gets it as it was. If it is erased
 * meanwhile, nobody gets it.
 */
export async function shown(
  { log, flush }: Desk,
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

/** Creates a conversation, and answers once the record shows it. */
export async function createShown(
  desk: Desk,
  call: Call,
  beginnings: Beginnings,
  drafts: Draft[],
): Promise<Answer<{ conversation: Conversation; isNew: boolean }>> {
  const created = create(desk, desk.id, call, beginnings, drafts)
  if (!created.ok) return created
  const answer = await shown(desk, call)
  return handedOver(desk, call) ?? (answer.ok ? { ...answer, isNew: created.isNew } : answer)
}
