import { type ReplyEvent, type Told, eventsOf, isEnd } from './events.ts'
import { type Fetch, HiloError, sleep, waitFor } from './retrying.ts'

/** How often a stream that broke is taken up again without a new event, before it is given up. */
const RECONNECTS = 8

interface Source {
  fetch: Fetch
  /** The request that asks for the reply. Its messages have ids, so that it may be sent again. */
  ask: () => Request
  /** Joins the reply after an event. */
  join: (conversationId: string, after: string) => Request
}

/** A reply while it is written: its events, in order, none twice, also if the connection breaks in between. */
export class Reply implements AsyncIterable<ReplyEvent> {
  readonly conversationId: string
  readonly #source: Source

  constructor(conversationId: string, source: Source) {
    this.conversationId = conversationId
    this.#source = source
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<ReplyEvent> {
    let after: string | null = null
    for (let broken = 0; ; broken += 1) {
      for await (const { id, event } of this.#from(after)) {
        after = id
        broken = 0
        yield event
        if (isEnd(event)) return
      }
      if (broken >= RECONNECTS) {
        throw new HiloError(0, { title: 'The stream of the reply could not be taken up again' })
      }
      await sleep(waitFor(broken, null))
    }
  }

  /** The text of the whole reply. Throws if it failed; an interrupted one has the text so far. */
  async text(): Promise<string> {
    let text = ''
    for await (const event of this) {
      if (event.type === 'delta') text += event.content
      if (event.type === 'failed') throw new HiloError(event.problem.status, event.problem)
      if (event.type === 'closed') throw new HiloError(0, { title: event.detail })
    }
    return text
  }

  /** One connection's events. Ends if it breaks. Throws if the answer is no. */
  async *#from(after: string | null): AsyncGenerator<Told> {
    const { fetch, ask, join } = this.#source
    const isAsking = after === null
    const request = after === null ? ask() : join(this.conversationId, after)
    const response = await fetch(request).catch(() => null)
    if (response === null) return
    if (!response.ok) throw await HiloError.of(response)
    // Nothing runs, and nothing was kept: the same request asks the model again, and tells of it from its beginning.
    if (response.status === 204 || !response.body) {
      if (isAsking) throw new HiloError(response.status, { title: 'No reply' })
      throw new HiloError(204, { title: 'The reply was lost. Send the same request again.' })
    }
    try {
      yield* eventsOf(response.body)
    } catch {
      // It broke; what comes next is asked for by the last id.
    }
  }
}
