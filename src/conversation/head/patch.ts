import type { Call } from '../../contract/caller.ts'
import type { ConversationPatch } from '../../contract/conversation.ts'
import { type Refusal, busy, refuse } from '../../contract/problem.ts'
import { log as logEvent } from '../../events.ts'
import type { MessageRow } from '../../storage/tables.ts'
import type { Core } from '../duties/core.ts'
import { toHold, toWrite } from '../log/access.ts'
import type { History } from '../log/history.ts'
import { patched } from './fields.ts'

interface Patching extends Core {
  flush: { owe: () => void }
  current: { running: { id: string } | null }
}

/** Changes what a patch says and the conversation does not say yet. */
export function patch(
  { log, flush, transactions, current }: Patching,
  { caller, requestId }: Call,
  { hold, head_id: headId, ...patch }: ConversationPatch,
): { ok: true; access: typeof toWrite } | Refusal {
  const isHoldAlone = hold !== undefined && headId === undefined && Object.keys(patch).length === 0
  const access = isHoldAlone ? toHold : toWrite
  const admitted = access(log.head(), caller)
  if (!admitted.ok) return admitted
  const { head } = admitted
  const now = Date.now()
  const change = patched(head, patch, now, (seq) => log.path(head.headSeq).has(seq))
  if (!change.ok) return change
  const { fields } = change
  // Not a use of the conversation: nothing of its times moves.
  if (hold !== undefined && hold !== head.hold) fields.hold = hold
  const leaf = headId === undefined ? null : leafAt(log, headId)
  if (leaf === 'absent') {
    const errors = [{ pointer: '/head_id', detail: 'No message of this conversation has this id' }]
    return refuse('invalid-request', { errors })
  }
  const isElsewhere = leaf !== null && leaf.seq !== head.headSeq
  // Its reply will be where the conversation is then.
  if (isElsewhere && current.running) return busy(current.running.id)
  if (!isElsewhere && Object.keys(fields).length === 0) return { ok: true, access }
  transactions.run(() => {
    if (Object.keys(fields).length > 0) log.change(fields, now)
    // A person's title stands, also in the place of a made-up one.
    if (fields.title !== undefined && head.isTitleMadeUp) log.namingDone()
    if (patch.summary && patch.summary_seq) log.keepSummary(patch.summary, patch.summary_seq)
    if (isElsewhere) log.goTo(leaf, head, now)
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

/** The newest end of the conversation at or below a message. */
function leafAt(log: History, id: string): MessageRow | 'absent' {
  const row = log.messageById(id)
  return (row && log.messageAt(log.newestLeafBelow(row.seq))) ?? 'absent'
}
