import type { LiveFrame } from '../../contract/live.ts'
import type { Message } from '../../contract/message.ts'
import { problemBody } from '../../contract/problem.ts'
import type { ReplyEnd } from '../../contract/reply-events.ts'
import type { Piece } from '../../model/model.ts'
import { toConversation } from '../../storage/conversations.ts'
import type { Head } from '../log/rows.ts'
import type { RunningReply } from '../reply/running-reply.ts'

export const readyFrame = (head: Head, seq: number): LiveFrame => ({
  event: 'ready',
  seq,
  conversation: toConversation(head),
})

export const messageFrame = (message: Message): LiveFrame => ({
  event: 'message',
  seq: message.seq,
  message,
})

export const removedFrame = (message: Message): LiveFrame => ({
  event: 'message-deleted',
  seq: message.seq,
  message,
})

export const startedFrame = ({ id, answersSeq }: RunningReply): LiveFrame => ({
  event: 'reply-started',
  seq: answersSeq,
  reply_id: id,
})

/** @param piece the end of what the reply has so far */
export function saidFrames({ id, text, reasoning }: RunningReply, piece: Piece): LiveFrame[] {
  const frame = (event: 'reasoning' | 'delta', all: string, content: string): LiveFrame[] =>
    content === '' ? [] : [{ event, reply_id: id, offset: all.length - content.length, content }]
  return [...frame('reasoning', reasoning, piece.reasoning), ...frame('delta', text, piece.text)]
}

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
