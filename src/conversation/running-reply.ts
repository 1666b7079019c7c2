import type { Message } from '../contract/message.ts'
import { type ProblemExtra, type ProblemType, problemBody } from '../contract/problem.ts'
import { TimedOut, within } from './within.ts'

/** How a reply ended, as everybody who follows it is told. */
export type ReplyEnd =
  | { kind: 'completed'; message: Message }
  | { kind: 'interrupted'; message: Message; reason: string }
  | { kind: 'failed'; why: ProblemType; extra: ProblemExtra }

/** ms between two signs of life on a stream that has nothing to say. */
const HEARTBEAT_MS = 10_000

const encoder = new TextEncoder()

/**
 * A reply while it is written. It belongs to the conversation, not to who asked for it: any number may follow
 * it, each from wherever they are, and it goes on without them.
 */
export class RunningReply {
  readonly id: string
  readonly answersSeq: number
  readonly abort = new AbortController()
  text = ''
  readonly #heartbeatMs: number
  #end: ReplyEnd | null = null
  #change = Promise.withResolvers<void>()

  constructor(id: string, answersSeq: number, heartbeatMs = HEARTBEAT_MS) {
    this.id = id
    this.answersSeq = answersSeq
    this.#heartbeatMs = heartbeatMs
  }

  add(text: string): void {
    if (text === '') return
    this.text += text
    this.#changed()
  }

  end(end: ReplyEnd): void {
    this.#end = end
    this.#changed()
  }

  /** Whoever may no longer follow is to notice. */
  ownerChanged(): void {
    this.#changed()
  }

  #changed(): void {
    this.#change.resolve()
    this.#change = Promise.withResolvers()
  }

  async ended(): Promise<ReplyEnd> {
    while (this.#end === null) await this.#change.promise
    return this.#end
  }

  /**
   * Server-sent events: `accepted`, `delta`s, then how it ended; each with `id: REPLY:OFFSET`, in UTF-16 units
   * of text so far. A reader who is slow gets larger deltas: nothing piles up but the text itself.
   */
  follow(accepted: Message[], mayFollow = () => true): ReadableStream<Uint8Array> {
    let offset = 0
    let isGreeted = false
    const event = (name: string, data: object) =>
      encoder.encode(`id: ${this.id}:${offset}\nevent: ${name}\ndata: ${JSON.stringify(data)}\n\n`)
    return new ReadableStream({
      type: 'bytes',
      pull: async (controller) => {
        if (!isGreeted) {
          isGreeted = true
          controller.enqueue(event('accepted', { messages: accepted, reply_id: this.id }))
          return
        }
        while (offset === this.text.length && this.#end === null && mayFollow()) {
          if (await this.#stirs()) continue
          controller.enqueue(encoder.encode(':\n\n'))
          return
        }
        if (!mayFollow()) return controller.close()
        if (offset < this.text.length) {
          const content = this.text.slice(offset)
          offset = this.text.length
          controller.enqueue(event('delta', { content }))
          return
        }
        const last = this.#end === null ? [] : lastEvents(this.#end, accepted)
        for (const [name, data] of last) controller.enqueue(event(name, data))
        controller.close()
      },
    })
  }

  /** Whether anything happens before the next heartbeat is due. */
  async #stirs(): Promise<boolean> {
    try {
      await within(this.#heartbeatMs, this.#change.promise)
      return true
    } catch (error) {
      if (error instanceof TimedOut) return false
      throw error
    }
  }
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

/** The whole of a reply that ended before, told like one that is followed to its end. */
export function retell(
  accepted: Message[],
  end: ReplyEnd & { message: Message },
): ReadableStream<Uint8Array> {
  const reply = new RunningReply(end.message.id, end.message.seq - 1)
  reply.add(end.message.content)
  reply.end(end)
  return reply.follow(accepted)
}
