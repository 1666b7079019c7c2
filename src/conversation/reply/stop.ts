import type { Message } from '../../contract/message.ts'
import { type Answer, refuse } from '../../contract/problem.ts'
import { toMessage } from '../../storage/messages.ts'
import type { Desk } from '../desk.ts'
import type { Head } from '../log/rows.ts'

/** What became of the reply that was stopped: null where it had said nothing. */
export interface Stopped {
  message: Message | null
}

/**
 * Ends the running reply and keeps what there is of it. Where it has just ended by itself, what it came to; another
 * than the one that is named is left alone.
 */
export function stop(desk: Desk, head: Head, replyId: string | null): Answer<Stopped> {
  const { log, replies } = desk
  const { running } = replies
  if (running && (replyId === null || running.id === replyId)) {
    const end = replies.stop(running)
    return end.kind === 'failed' ? refuse(end.why) : { ok: true, message: end.message }
  }
  const row = replyId === null ? log.messageAt(head.lastSeq) : log.messageById(replyId)
  return { ok: true, message: row?.origin === 'model' ? toMessage(row) : null }
}
