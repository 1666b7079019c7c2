import type { LiveFrame } from '../../contract/live.ts'
import { problemBody } from '../../contract/problem.ts'
import type { ReplyEnd } from '../../contract/reply-events.ts'
import { toConversation } from '../../storage/conversations.ts'
import { toMessage } from '../../storage/messages.ts'
import type { MessageRow } from '../../storage/tables.ts'
import type { Head } from '../log/rows.ts'
import type { RunningReply } from '../reply/running-reply.ts'

export const readyFrame = (head: Head, seq: number): LiveFrame => ({
  event: 'ready',
  seq,
  conversation: toConversation(head),
})

export const messageFrame = (row: MessageRow): LiveFrame => ({
  event: 'message',
  seq: row.seq,
  message: toMessage(row),
})

export const startedFrame = ({ id, answersSeq }: RunningReply): LiveFrame => ({
  event: 'reply-started',
  seq: answersSeq,
  reply_id: id,
})

/** @param offset where the new text begins */
export const deltaFrame = ({ id, text }: RunningReply, offset: number): LiveFrame => ({
  event: 'delta',
  reply_id: id,
  offset,
  content: text.slice(offset),
})

export function endedFrame({ id }: RunningReply, end: ReplyEnd): LiveFrame {
  return {
    event: 'reply-ended',
    reply_id: id,
    outcome: end.kind,
    seq: end.kind === 'failed' ? null : (end.message?.seq ?? null),
    reason: end.kind === 'interrupted' ? end.reason : null,
    problem: end.kind === 'failed' ? problemBody(end.why, end.extra) : null,
  }
}

export const conversationFrame = (head: Head): LiveFrame => ({
  event: 'conversation',
  conversation: toConversation(head),
})
