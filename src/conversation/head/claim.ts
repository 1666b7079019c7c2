import { type Call, ONCE_LINKED } from '../../contract/caller.ts'
import { type Refusal, refuse } from '../../contract/problem.ts'
import { log as logEvent } from '../../events.ts'
import type { Core } from '../duties/core.ts'
import type { History } from '../log/history.ts'

/** Who follows the running reply has to know whose it is. */
export interface Claimed {
  running: { ownerChanged: () => void } | null
}

interface Claiming extends Pick<Core, 'log' | 'transactions'> {
  flush: { owe: () => void }
  current: Claimed
}

interface Claim {
  requestId: string
  sessionId: string
  userId: string
}

/** Makes a user the owner of what their session began. Returns false if the conversation already belongs to a user. */
export function claim(
  { log, flush, current, transactions }: Claiming,
  { requestId, sessionId, userId }: Claim,
): boolean {
  const head = log.head()
  if (head === null || head.sessionId !== sessionId || head.userId !== null) return false
  transactions.run(() => {
    log.change({ userId }, Date.now())
    flush.owe()
  })
  // A stream of the session ends here; the reply itself goes on, for the user.
  current.running?.ownerChanged()
  logEvent({ event: 'claimed', conversation_id: head.id, request_id: requestId })
  return true
}

/** The refusal for a session whose conversation became a user's while it was being created; null if it did not. */
export function handedOver(log: History, { caller }: Call): Refusal | null {
  if (caller.owner?.kind !== 'session' || (log.head()?.userId ?? null) === null) return null
  return refuse('session-linked', {
    detail: `The conversation is kept, and the user’s. ${ONCE_LINKED}`,
  })
}
