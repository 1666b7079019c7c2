import type { Message } from '../../contract/message.ts'
import type { ReplyEnd, ReplyEvent } from '../../contract/reply-events.ts'
import type { StreamClosing } from '../../contract/reply.ts'
import type { RunningReply } from './running-reply.ts'

/** How much of a reply somebody has, in UTF-16 units of its text and of what the model thought. */
export interface ReplyOffset {
  text: number
  reasoning: number
}

/** Somebody who follows a reply. */
interface Follower {
  /** The messages that the reply answers. */
  accepted: Message[]
  /** The same as they are told: with addresses for their files. */
  shown: () => Promise<Message[]>
  /** How much of the reply they have; null if they have not even been told of it. */
  from: ReplyOffset | null
  /** Why they may follow no longer; null while they may. */
  barred: () => StreamClosing | null
  /** When they may follow no longer, in ms since the epoch; null if nothing ends it. */
  expiresAt: number | null
  /** Called once, when they follow no more. */
  left: () => void
}

/** ms after which a stream that has nothing to say shows that it is alive. */
const HEARTBEAT_MS = 10_000

const encoder = new TextEncoder()

/**
 * Tells a reply's events, one line of JSON each, from wherever the follower is. A slow reader gets longer texts: nothing
 * piles up but the text itself.
 */
export function eventsOf(
  reply: RunningReply,
  { accepted, shown, from, barred, expiresAt, left }: Follower,
  heartbeatMs = HEARTBEAT_MS,
): ReadableStream<Uint8Array> {
  const told = { text: from?.text ?? 0, reasoning: from?.reasoning ?? 0 }
  let isGreeted = from !== null
  const closing = () => (expiresAt !== null && Date.now() >= expiresAt ? 'expired' : barred())
  const patience = () =>
    expiresAt === null ? heartbeatMs : Math.min(heartbeatMs, expiresAt - Date.now())
  return new ReadableStream({
    type: 'bytes',
    pull: async (controller) => {
      const tell = (event: Told) => {
        const at = { offset: told.text, reasoning_offset: told.reasoning }
        const line = JSON.stringify({ reply_id: reply.id, ...at, ...event })
        controller.enqueue(encoder.encode(`${line}\n`))
      }
      const end = (events: Told[]) => {
        for (const event of events) tell(event)
        controller.close()
        left()
      }
      if (!isGreeted) {
        isGreeted = true
        const messages = await shown()
        return tell({ type: 'accepted', messages, extra: reply.extra ?? null })
      }
      const hasAll = () =>
        told.text >= reply.text.length && told.reasoning >= reply.reasoning.length
      while (hasAll() && reply.outcome === null && closing() === null) {
        if (await reply.stirs(patience())) continue
        // The token may be what has ended.
        if (closing() !== null) break
        return tell({ type: 'alive' })
      }
      const reason = closing()
      if (reason !== null) return end([{ type: 'closed', reason }])
      const thought = reply.reasoning.slice(told.reasoning)
      told.reasoning = reply.reasoning.length
      if (thought !== '') return tell({ type: 'reasoning', content: thought })
      const content = reply.text.slice(told.text)
      told.text = reply.text.length
      if (content !== '') {
        return tell({ type: 'text', content, ...(reply.isRefusal && { is_refusal: true }) })
      }
      if (reply.outcome !== null) end(endEvents(reply.outcome, accepted))
    },
    cancel: left,
  })
}

type Told = ReplyEvent extends infer E
  ? E extends ReplyEvent
    ? Omit<E, 'reply_id' | 'offset' | 'reasoning_offset'>
    : never
  : never

function endEvents(end: ReplyEnd, accepted: Message[]): Told[] {
  if (end.kind === 'failed') return [{ type: 'ended', end: withStored(end, accepted) }]
  const calls = end.kind === 'completed' ? end.message.tool_calls : null
  const ended: Told = { type: 'ended', end }
  return calls ? [{ type: 'tool-calls', tool_calls: calls }, ended] : [ended]
}

/** A failure says that the request's messages are kept: the same request can be sent again. */
export const withStored = (
  end: ReplyEnd & { kind: 'failed' },
  accepted: Message[],
): ReplyEnd & { kind: 'failed' } => ({
  ...end,
  extra: { ...end.extra, stored: accepted.map(({ id }) => id) },
})
