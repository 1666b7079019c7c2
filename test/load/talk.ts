import { setTimeout as sleep } from 'node:timers/promises'

import type { Conversation } from '../../src/contract/conversation.ts'
import type { List } from '../../src/contract/list.ts'
import type { Message } from '../../src/contract/message.ts'
import type { Caller } from './caller.ts'
import { Ledger, type Said } from './ledger.ts'
import { type Measures, between } from './measures.ts'
import { Reply } from './reply.ts'
import { text } from './words.ts'

interface Appended {
  messages: Message[]
  conversation: Conversation
}

/** One conversation and the clients that hold it, as careless as clients are. */
export class Talk {
  readonly path: string
  readonly owner: string
  readonly ledger: Ledger
  readonly caller: Caller
  readonly #measures: Measures
  readonly #reply: Reply

  constructor(owner: string, caller: Caller, measures: Measures, hasStreamRoute: boolean) {
    const id = crypto.randomUUID()
    this.path = `/api/conversations/${id}`
    this.owner = owner
    this.caller = caller
    this.ledger = new Ledger(id, measures)
    this.#measures = measures
    this.#reply = new Reply(this.path, caller, this.ledger, measures, hasStreamRoute)
  }

  get id(): string {
    return this.ledger.conversationId
  }

  async create(): Promise<void> {
    const body = { id: this.id, title: `Talk ${this.id}` }
    await this.caller.ask('create', 'POST', '/api/conversations', body)
  }

  /** Talks until the time is over; what has been begun by then is seen through. */
  async runUntil(end: number, pauseMs: number): Promise<void> {
    while (Date.now() < end) {
      await sleep(between(0, 2 * pauseMs))
      const chance = Math.random()
      if (chance < 0.4) await this.#append()
      else if (chance < 0.65) await this.#reply.ask(text())
      else if (chance < 0.8) await this.#list()
      else await this.#history()
    }
  }

  async lastWords(): Promise<void> {
    await this.#send('append', [this.ledger.says(text())])
  }

  async #append(): Promise<void> {
    const chance = Math.random()
    const messages = Array.from({ length: chance < 0.1 ? 3 : 1 }, () => this.ledger.says(text()))
    if (chance > 0.85) {
      const other = [this.ledger.says(text())]
      await Promise.all([this.#send('append', messages), this.#send('append', other)])
    } else if (chance > 0.75) {
      await Promise.all([this.#send('append', messages), this.#send('append', messages)])
    } else {
      await this.#send('append', messages)
      if (chance < 0.3) await this.#send('append again', messages)
    }
  }

  async #send(what: string, messages: Said[]): Promise<void> {
    const { status, body } = await this.caller.ask<Appended>(
      what,
      'POST',
      `${this.path}/messages`,
      { messages },
    )
    if (what === 'append again' && status !== 200) this.#break(`a retry was answered ${status}`)
    const ids = body.messages.map(({ id }) => id)
    if (ids.join() !== messages.map(({ id }) => id).join()) {
      this.#break('an append was answered with other messages')
    }
    this.ledger.told(body.messages)
  }

  /** The newest pages: everything that was acknowledged before is there, and no number is left out. */
  async #history(): Promise<void> {
    const known = this.ledger.lastSeq
    let cursor: string | null = ''
    let expected: number | null = null
    for (let page = 0; page < 3 && cursor !== null; page += 1) {
      const query: string = cursor === '' ? '' : `&cursor=${cursor}`
      const path = `${this.path}/messages?order=desc&limit=20${query}`
      const { body } = await this.caller.ask<List<Message>>('history page', 'GET', path)
      const [newest] = body.data
      if (page === 0 && (newest?.seq ?? 0) < known) {
        this.#break(`the history ends at ${newest?.seq}, ${known} was acknowledged`)
      }
      for (const { seq } of body.data) {
        if (expected !== null && seq !== expected) this.#break(`${seq} instead of ${expected}`)
        expected = seq - 1
      }
      this.ledger.told(body.data)
      cursor = body.next_cursor
    }
  }

  async #list(): Promise<void> {
    const { body } = await this.caller.ask<List<Conversation>>(
      'list',
      'GET',
      '/api/conversations?limit=100',
    )
    const ids = body.data.map(({ id }) => id)
    if (new Set(ids).size < ids.length) this.#break('a list has a conversation twice')
    const foreign = body.data.filter(({ title }) => !title?.startsWith('Talk '))
    if (foreign.length > 0) this.#break('a list has a conversation of nobody here')
    if (body.data.some((one) => (one.user_id ?? one.session_id) !== this.owner)) {
      this.#break("a list has somebody else's conversation")
    }
  }

  #break(what: string): void {
    this.#measures.break(`${this.id}: ${what}`)
  }
}
