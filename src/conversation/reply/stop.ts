import type { Caller } from '../../contract/caller.ts'
import type { Conversation } from '../../contract/conversation.ts'
import type { Message } from '../../contract/message.ts'
import { type Answer, refuse } from '../../contract/problem.ts'
import { toConversation } from '../../storage/conversations.ts'
import { toWrite } from '../log/access.ts'
import type { History } from '../log/history.ts'
import { toWire } from '../log/wire.ts'
import type { CurrentReply } from './current.ts'
import type { Replies } from './replies.ts'

/** What became of the reply that was stopped: null if it had said nothing. */
export interface StopAnswer {
  message: Message | null
  conversation: Conversation
}

/**
 * Ends the running reply and keeps the text received so far. If it has just ended by itself, answers with what was kept.
 * A reply other than the named one is left alone.
 */
export function stop(
  { log, replies, current }: { log: History; replies: Replies; current: CurrentReply },
  caller: Caller,
  replyId: string | null,
): Answer<StopAnswer> {
  const access = toWrite(log.head(), caller)
  if (!access.ok) return access
  const { running } = current
  if (running && (replyId === null || running.id === replyId)) {
    const end = replies.stop(running)
    return end.kind === 'failed' ? refuse(end.why) : answered(log, end.message)
  }
  const row = replyId === null ? log.messageAt(access.head.headSeq) : log.messageById(replyId)
  return answered(log, row?.origin === 'model' ? toWire(log, row) : null)
}

function answered(log: History, message: Message | null): Answer<StopAnswer> {
  const head = log.head()
  if (head === null) throw new Error('The conversation is gone from its own storage')
  return { ok: true, message, conversation: toConversation(head) }
}
