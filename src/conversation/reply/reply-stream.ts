import type { Message } from '../../contract/message.ts'
import { type ProblemExtra, type Refusal, problemBody, refuse } from '../../contract/problem.ts'
import { type StreamClosing, streamClosings } from '../../contract/reply.ts'
import { type ReplyEnd, RunningReply } from './running-reply.ts'

/** Somebody who follows a reply. */
export interface Follower {
  /** The messages that the reply answers. */
  accepted: Message[]
  /** How much of the text they have, in UTF-16 units; null for who has not even been told of the reply. */
  from: number | null
  /** Why they may follow no longer; null while they may. */
  barred: () => StreamClosing | null
  /** When they may follow no longer, in ms since the epoch; null where nothing ends it. */
  expiresAt: number | null
  /** Called once they follow no more. */
  left: () => void
}

/** ms between two signs of life on a stream that has nothing to say: a client that is gone is noticed by them. */
const HEARTBEAT_MS = 10_000

const encoder = new TextEncoder()

/**
 * Server-sent events: `accepted`, `delta`s, then how it ended, or why nothing more is told; each with `id: REPLY:OFFSET`, in UTF-16 units
 * of text so far. A reader who is slow gets larger deltas: nothing piles up but the text itself.
 */
export function follow(
  reply: RunningReply,
  { accepted, from, barred, expiresAt, left }: Follower,
  heartbeatMs = HEARTBEAT_MS,
): ReadableStream<Uint8Array> {
  let offset = from ?? 0
  let isGreeted = from !== null
  const event = (name: string, data: object) =>
    encoder.encode(`id: ${reply.id}:${offset}\nevent: ${name}\ndata: ${JSON.stringify(data)}\n\n`)
  const closing = () => (expiresAt !== null && Date.now() >= expiresAt ? 'expired' : barred())
  const patience = () =>
    expiresAt === null ? heartbeatMs : Math.min(heartbeatMs, expiresAt - Date.now())
  return new ReadableStream({
    type: 'bytes',
    pull: async (controller) => {
      const close = () => {
        controller.close()
        left()
      }
      if (!isGreeted) {
        isGreeted = true
        controller.enqueue(event('accepted', { messages: accepted, reply_id: reply.id }))
        return
      }
      while (offset >= reply.text.length && reply.outcome === null && closing() === null) {
        if (await reply.stirs(patience())) continue
        // Its token may be what has ended.
        if (closing() !== null) break
        controller.enqueue(encoder.encode(':\n\n'))
        return
      }
      const reason = closing()
      if (reason !== null) {
        controller.enqueue(event('closed', { reason, detail: streamClosings[reason] }))
        return close()
      }
      if (offset < reply.text.length) {
        const content = reply.text.slice(offset)
        offset = reply.text.length
        controller.enqueue(event('delta', { content }))
        return
      }
      offset = reply.text.length
      const last = reply.outcome === null ? [] : lastEvents(reply.outcome, accepted)
      for (const [name, data] of last) controller.enqueue(event(name, data))
      close()
    },
    cancel: left,
  })
}

/** What a stream ends with. */
function lastEvents(end: ReplyEnd, accepted: Message[]): [name: string, data: object][] {
  switch (end.kind) {
    case 'completed': {
      const { message } = end
      const calls: [string, object][] = message.tool_calls
        ? [['tool_calls', { tool_calls: message.tool_calls }]]
        : []
      return [...calls, ['completed', { message }]]
    }
    case 'interrupted':
      return [['interrupted', { message: end.message, reason: end.reason }]]
    case 'failed':
      return [['failed', { problem: problemBody(end.why, failureExtra(end, accepted)) }]]
  }
}

/** What a failure says: the messages of the request are kept all the same, and asking again is safe. */
export const failureExtra = (
  { extra }: ReplyEnd & { kind: 'failed' },
  accepted: Message[],
): ProblemExtra => ({ ...extra, stored: accepted.map(({ id }) => id) })

/** For who waits for the message of a reply that has none. */
export const stoppedMute = (accepted: Message[]): Refusal =>
  refuse('reply-stopped', {
    detail: 'The messages in `stored` are kept. The same request again asks again.',
    stored: accepted.map(({ id }) => id),
  })

/** A reply that was kept, as it was told while it ran. */
export function keptReply(message: Message): RunningReply {
  const reply = new RunningReply(message.id, message.seq - 1)
  reply.add(message.content)
  reply.end(
    message.status === 'complete'
      ? { kind: 'completed', message }
      : { kind: 'interrupted', message, reason: 'ended-before' },
  )
  return reply
}
