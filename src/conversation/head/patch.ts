import type { Call } from '../../contract/caller.ts'
import type { ConversationPatch } from '../../contract/conversation.ts'
import type { Refusal } from '../../contract/problem.ts'
import { log as logEvent } from '../../events.ts'
import type { Core } from '../duties/core.ts'
import { toHold, toWrite } from '../log/access.ts'
import { patched } from './fields.ts'

/** Changes what a patch says and the conversation does not say yet. */
export function patch(
  { log, flush, transactions }: Core & { flush: { owe: () => void } },
  { caller, requestId }: Call,
  { hold, ...patch }: ConversationPatch,
): { ok: true; access: typeof toWrite } | Refusal {
  const isHoldAlone = hold !== undefined && Object.keys(patch).length === 0
  const access = isHoldAlone ? toHold : toWrite
  const admitted = access(log.head(), caller)
  if (!admitted.ok) return admitted
  const { head } = admitted
  const now = Date.now()
  const change = patched(head, patch, now)
  if (!change.ok) return change
  const { fields } = change
  // Not a use of the conversation: nothing of its times moves.
  if (hold !== undefined && hold !== head.hold) fields.hold = hold
  if (Object.keys(fields).length === 0) return { ok: true, access }
  transactions.run(() => {
    log.change(fields, now)
    flush.owe()
  })
  const facts = { conversation_id: head.id, request_id: requestId }
  if (fields.isActive !== undefined) {
    const owner = head.userId === null ? 'session' : 'user'
    logEvent({ event: fields.isActive ? 'restored' : 'archived', owner, ...facts })
  }
  if (fields.hold !== undefined) {
    const service = caller.service?.name ?? null
    logEvent({ event: fields.hold ? 'held' : 'released', service, ...facts })
  }
  return { ok: true, access }
}
