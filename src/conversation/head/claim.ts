import { type Call, ONCE_LINKED } from '../../contract/caller.ts'
import { type Refusal, refuse } from '../../contract/problem.ts'
import { log as logEvent } from '../../events.ts'
import type { Desk } from '../desk.ts'

/** Makes a user the owner of what their session began. Whether it did: what has a user already keeps it. */
export function claim(desk: Desk, requestId: string, sessionId: string, userId: string): boolean {
  const { log, flush, replies, transactions } = desk
  const head = log.head()
  if (head === null || head.sessionId !== sessionId || head.userId !== null) return false
  transactions.run(() => {
    log.change({ userId }, Date.now())
    flush.owe()
  })
  // A stream of the session ends here; the reply itself goes on, for the user.
  replies.running?.ownerChanged()
  logEvent({ event: 'claimed', conversation_id: head.id, request_id: requestId })
  return true
}

/** What a session is told whose conversation became a user's while it was being created; null where it did not. */
export function handedOver({ log }: Desk, { caller }: Call): Refusal | null {
  if (caller.owner?.kind !== 'session' || (log.head()?.userId ?? null) === null) return null
  return refuse('session-linked', {
    detail: `The conversation is kept, and the user’s. ${ONCE_LINKED}`,
  })
}
