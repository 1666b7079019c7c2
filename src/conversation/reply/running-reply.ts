import type { JsonObject } from '../../contract/json.ts'
import { STREAMS_PER_CALLER } from '../../contract/limits.ts'
import type { Message } from '../../contract/message.ts'
import { reasoningOf } from '../../contract/part.ts'
import type { ReplyEnd } from '../../contract/reply-events.ts'
import type { Piece } from '../../model/model.ts'
import type { Source } from '../../model/sources.ts'
import { TimedOut, within } from '../../within.ts'

/**
 * A reply while it is written. It belongs to the conversation, not to who asked for it: any number may follow
 * it, each from wherever they are, and it goes on without them.
 */
export class RunningReply {
  readonly id: string
  readonly answersSeq: number
  /** What the protocol that asked for it wants kept with it. */
  readonly extra: JsonObject | undefined
  readonly abort = new AbortController()
  text = ''
  /** What the model thought before it spoke. */
  reasoning = ''
  /** Whether its text refuses to answer. */
  isRefusal = false
  /** The pages that it comes from. */
  sources: Source[] = []
  /** The addresses of pictures that it came with. */
  pictures: string[] = []
  outcome: ReplyEnd | null = null
  readonly #seats = new Map<string, number>()
  #change = Promise.withResolvers<void>()

  /** @param extra what is kept with it */
  constructor(id: string, answersSeq: number, extra?: JsonObject) {
    this.id = id
    this.answersSeq = answersSeq
    this.extra = extra
  }

  /** Returns whether that is more of the reply: what comes after its end, as of one that was stopped, is nobody's. */
  add({ text, reasoning, isRefusal = false, ...beside }: Piece): boolean {
    this.sources = beside.sources ?? this.sources
    this.pictures = beside.pictures ?? this.pictures
    if ((text === '' && reasoning === '') || this.outcome) return false
    this.text += text
    this.reasoning += reasoning
    this.isRefusal ||= isRefusal
    this.#changed()
    return true
  }

  end(end: ReplyEnd): void {
    this.outcome = end
    this.#changed()
  }

  /** Wakes the followers, so that one who has lost access notices. */
  ownerChanged(): void {
    this.#changed()
  }

  #changed(): void {
    this.#change.resolve()
    this.#change = Promise.withResolvers()
  }

  async ended(): Promise<ReplyEnd> {
    while (this.outcome === null) await this.#change.promise
    return this.outcome
  }

  /** Whether anything happens within so many ms. */
  async stirs(ms: number): Promise<boolean> {
    try {
      await within(ms, this.#change.promise)
      return true
    } catch (error) {
      if (error instanceof TimedOut) return false
      throw error
    }
  }

  /** Lets somebody follow. Returns how they leave, or null if they follow as often as they may. */
  seat(key: string): (() => void) | null {
    const taken = this.#seats.get(key) ?? 0
    if (taken >= STREAMS_PER_CALLER) return null
    this.#seats.set(key, taken + 1)
    let isTaken = true
    return () => {
      if (isTaken) this.#seats.set(key, (this.#seats.get(key) ?? 0) - 1)
      isTaken = false
    }
  }
}

/** A reply that was kept, as one that has ended. */
export function keptReply(message: Message, answersSeq: number): RunningReply {
  const reply = new RunningReply(message.id, answersSeq, message.extra ?? undefined)
  reply.add({
    text: message.content,
    reasoning: reasoningOf(message.parts),
    isRefusal: message.parts?.some(({ type }) => type === 'refusal') ?? false,
  })
  reply.end(
    message.status === 'complete'
      ? { kind: 'completed', message }
      : { kind: 'interrupted', message, reason: 'ended-before' },
  )
  return reply
}
