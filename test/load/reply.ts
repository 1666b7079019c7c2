import { setTimeout as sleep } from 'node:timers/promises'

import type { Message } from '../../src/contract/message.ts'
import type { ContinueAnswer } from '../../src/contract/reply.ts'
import type { ServerEvent } from '../support/events.ts'
import type { Caller } from './caller.ts'
import type { Ledger, Said } from './ledger.ts'
import { type Measures, between } from './measures.ts'

/** Clients that continue a conversation: patient ones, such as leave in the middle, and such as come in later. */
export class Reply {
  readonly #path: string
  readonly #caller: Caller
  readonly #ledger: Ledger
  readonly #measures: Measures
  readonly #hasStreamRoute: boolean

  constructor(
    path: string,
    caller: Caller,
    ledger: Ledger,
    measures: Measures,
    hasStreamRoute: boolean,
  ) {
    this.#path = path
    this.#caller = caller
    this.#ledger = ledger
    this.#measures = measures
    this.#hasStreamRoute = hasStreamRoute
  }

  async ask(content: string): Promise<void> {
    const messages = [this.#ledger.says(content)]
    const chance = Math.random()
    if (chance < 0.15) {
      await this.#whole(messages)
      return
    }
    if (chance < 0.4) await this.#leave(messages)
    const followed = this.#follow('continue, streamed', messages)
    const joined = chance > 0.75 ? this.#join(messages) : null
    const [reply, other] = await Promise.all([followed, joined])
    if (joined !== null && other !== null && other.id !== reply.id) {
      this.#break('two who asked the same were given two replies')
    }
  }

  async #whole(messages: Said[]): Promise<void> {
    const { body } = await this.#caller.ask<ContinueAnswer>(
      'continue, whole',
      'POST',
      `${this.#path}/continue`,
      { messages },
    )
    this.#ledger.told([...body.accepted, body.message])
  }

  /** Goes away in the middle of a reply, which goes on. */
  async #leave(messages: Said[]): Promise<void> {
    const leaving = new AbortController()
    setTimeout(() => leaving.abort(), between(20, 400))
    try {
      const events = await this.#continue('continue, left', messages, leaving.signal)
      if (events === null) return
      for await (const event of events) this.#accepted(event)
    } catch {
      // It meant to, or the server was lost meanwhile: it asks again in any case.
    }
    this.#measures.count('left in the middle')
    await sleep(between(0, 300))
  }

  async #join(messages: Said[]): Promise<Message | null> {
    await sleep(between(0, 200))
    if (!this.#hasStreamRoute || Math.random() < 0.5) {
      return this.#follow('join by asking again', messages)
    }
    try {
      const began = performance.now()
      const events = await this.#caller.stream(
        'join',
        'GET',
        `${this.#path}/stream`,
        undefined,
        AbortSignal.timeout(60_000),
      )
      const reply = events && (await this.#read(events))
      if (reply) this.#measures.took('join by its route', performance.now() - began)
      return reply
    } catch {
      // Lost with the server: who asked is still there to tell.
      return null
    }
  }

  /** Follows a reply to its end, from its beginning, as often as it takes. */
  #follow(what: string, messages: Said[]): Promise<Message> {
    return this.#caller.persist(what, async () => {
      const began = performance.now()
      const events = await this.#continue(what, messages, AbortSignal.timeout(60_000))
      if (events === null) return null
      const reply = await this.#read(events, () =>
        this.#measures.took(`${what}: first words`, performance.now() - began),
      )
      if (reply) this.#measures.took(what, performance.now() - began)
      return reply
    })
  }

  #continue(what: string, messages: Said[], signal: AbortSignal) {
    return this.#caller.stream(what, 'POST', `${this.#path}/continue`, { messages }, signal)
  }

  /** The reply, once complete or interrupted for good; null if it has to be asked for again. */
  async #read(
    events: AsyncGenerator<ServerEvent>,
    begun: () => void = () => {},
  ): Promise<Message | null> {
    let content = ''
    for await (const event of events) {
      this.#accepted(event)
      if (event.event === 'delta') {
        if (content === '') begun()
        content += String(event.data['content'])
      } else if (event.event === 'completed' || event.event === 'interrupted') {
        const message = event.data['message'] as Message
        if (message.content !== content) this.#break(`${message.seq} was streamed with other words`)
        this.#ledger.told([message])
        this.#measures.count(`reply ${event.event}`)
        return message
      } else if (event.event === 'failed') {
        this.#measures.count('reply failed')
        return null
      }
    }
    this.#measures.count('error stream cut')
    return null
  }

  #accepted({ event, data }: ServerEvent): void {
    if (event === 'accepted') this.#ledger.told(data['messages'] as Message[])
  }

  #break(what: string): void {
    this.#measures.break(`${this.#ledger.conversationId}: ${what}`)
  }
}
