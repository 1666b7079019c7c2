import type { Call } from '../../contract/caller.ts'
import type { JsonObject } from '../../contract/json.ts'
import type { Message } from '../../contract/message.ts'
import { type Answer, type Refusal, refuse } from '../../contract/problem.ts'
import type { ReplyEnd } from '../../contract/reply-events.ts'
import { toRead } from '../log/access.ts'
import { toWire } from '../log/wire.ts'
import { type Events, type Following, replyOf, streamOf } from './join.ts'
import type { RunningReply } from './running-reply.ts'

/** A reply as far as it is. */
export interface ReplyState {
  id: string
  text: string
  reasoning: string
  /** What is kept with it. */
  extra: JsonObject | null
  /** How it ended; null while it is written. */
  end: ReplyEnd | null
  /** The message that it answers; null if it begins the conversation. */
  answers: Message | null
}

function found(
  { log, current }: Following,
  { caller }: Call,
  id: string,
): { ok: true; reply: RunningReply; answers: Message | null } | Refusal {
  const access = toRead(log.head(), caller)
  if (!access.ok) return access
  const reply = replyOf({ log, current }, id)
  if (reply === null) return refuse('no-such-message')
  const answered = log.messageAt(reply.answersSeq)
  return { ok: true, reply, answers: answered && toWire(log, answered) }
}

export function replyState(
  following: Following,
  call: Call,
  id: string,
): Answer<{ reply: ReplyState }> {
  const known = found(following, call, id)
  if (!known.ok) return known
  const { reply, answers } = known
  const { text, reasoning, extra, outcome: end } = reply
  return { ok: true, reply: { id, text, reasoning, extra: extra ?? null, end, answers } }
}

/** A reply's events from its beginning, also if it has ended by now. */
export function replyEvents(
  following: Following,
  call: Call,
  id: string,
): Answer<{ events: Events }> {
  const known = found(following, call, id)
  if (!known.ok) return known
  return streamOf(following, call, known.reply, known.answers ? [known.answers] : [])
}
