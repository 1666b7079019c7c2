import { log as logEvent } from '../events.ts'
import type { Desk } from './desk.ts'

/** Makes a user the owner of what their session began. Whether it did: what has a user already keeps it. */
export function claim(desk: Desk, requestId: string, sessionId: string, userId: string): boolean {
  const { log, flush, replies } = desk
  const head = log.head()
  if (head === null || head.sessionId !== sessionId || head.userId !== null) return false
  log.change({ userId }, Date.now())
  flush.owe()
  // A stream of the session ends here; the reply itself goes on, for the user.
  replies.running?.ownerChanged()
  logEvent({ event: 'claimed', conversation_id: head.id, request_id: requestId })
  return true
}
