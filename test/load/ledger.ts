import type { Message } from '../../src/contract/message.ts'
import type { Measures } from './measures.ts'

export interface Said {
  id: string
  role: 'user'
  content: string
}

/** What one conversation's clients sent, and what they were told of it. */
export class Ledger {
  readonly conversationId: string
  readonly #measures: Measures
  readonly #sent = new Map<string, string>()
  readonly #told = new Map<number, Message>()
  readonly #seqs = new Map<string, number>()
  /** What the record has not been seen to hold yet, and since when it should. */
  readonly unrecorded = new Map<number, number>()
  lastSeq = 0

  constructor(conversationId: string, measures: Measures) {
    this.conversationId = conversationId
    this.#measures = measures
  }

  /** A new message, noted before it is sent. */
  says(content: string): Said {
    const id = crypto.randomUUID()
    this.#sent.set(id, content)
    return { id, role: 'user', content }
  }

  get size(): number {
    return this.#told.size
  }

  messages(): Message[] {
    return [...this.#told.values()]
  }

  /** What an answer of the server says is there, must stay there as it is. */
  told(messages: Message[]): void {
    for (const message of messages) this.#told1(message)
  }

  #told1(message: Message): void {
    const { seq, id } = message
    const before = this.#told.get(seq)
    if (before) {
      if (JSON.stringify(before) !== JSON.stringify(message)) this.#break(seq, 'changed')
      return
    }
    if (this.#seqs.has(id)) this.#break(seq, `is also at ${this.#seqs.get(id)}`)
    if (message.conversation_id !== this.conversationId) this.#break(seq, 'is of another one')
    if (!this.isOurs(message)) this.#break(seq, 'was never sent like that')
    this.#told.set(seq, message)
    this.#seqs.set(id, seq)
    this.unrecorded.set(seq, Date.now())
    this.lastSeq = Math.max(this.lastSeq, seq)
  }

  /** Whether a message is one of those that were sent, to the letter, or the model's. */
  isOurs({ id, origin, role, content }: Message): boolean {
    if (origin === 'model') return role === 'assistant' && !this.#sent.has(id)
    return origin === 'client' && role === 'user' && this.#sent.get(id) === content
  }

  /**
   * The record has been seen to hold everything up to a message.
   *
   * @param wellSince since when neither the server was down nor D1 in trouble
   */
  recorded(seq: number, now: number, wellSince: number): void {
    for (const [at, since] of this.unrecorded) {
      if (at > seq) continue
      this.unrecorded.delete(at)
      const how = since > wellSince ? 'all well' : 'through trouble'
      this.#measures.took(`until in the record, ${how}`, now - since)
    }
  }

  #break(seq: number, what: string): void {
    this.#measures.break(`${this.conversationId}: message ${seq} ${what}`)
  }
}
