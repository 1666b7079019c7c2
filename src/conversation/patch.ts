import type { Call } from '../contract/caller.ts'
import type { ConversationPatch } from '../contract/conversation.ts'
import type { Refusal } from '../contract/problem.ts'
import { log as logEvent } from '../events.ts'
import type { Desk } from './desk.ts'
import { patched } from './fields.ts'
import type { Head } from './rows.ts'

/** Changes what a person may change of a conversation. Null where that is done, or nothing was to be changed. */
export function applyPatch(
  { log, flush }: Desk,
  head: Head,
  call: Call,
  patch: ConversationPatch,
): Refusal | null {
  const now = Date.now()
  const change = patched(head, patch, now)
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
