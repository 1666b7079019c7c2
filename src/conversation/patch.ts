import type { Call } from '../contract/caller.ts'
import type { ConversationPatch } from '../contract/conversation.ts'
import type { Refusal } from '../contract/problem.ts'
import { log as logEvent } from '../events.ts'
import { toWrite } from './access.ts'
import type { Desk } from './desk.ts'
import { patched } from './fields.ts'

/** Changes what is said of a conversation. Null where that worked, or nothing was new. */
export function patch(
  { log, flush }: Desk,
  call: Call,
  changes: ConversationPatch,
): Refusal | null {
  const access = toWrite(log.head(), call.caller)
  if (!access.ok) return access
  const { head } = access
  const now = Date.now()
  const change = patched(head, changes, now)
  if (!change.ok) return change
  const { fields } = change
  if (Object.keys(fields).length === 0) return null
  log.change(fields, now)
  flush.owe()
  if (fields.isActive !== undefined) {
    const event = fields.isActive ? 'restored' : 'archived'
    const owner = head.userId === null ? 'session' : 'user'
    logEvent({ event, conversation_id: head.id, owner, request_id: call.requestId })
  }
  return null
}
