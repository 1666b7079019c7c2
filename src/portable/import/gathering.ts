import { CONVERSATION_BYTES, tooLarge } from './limits.ts'
import type { Piece } from './piece.ts'
import { type Place, type Reader, type Reading, failed, parsed } from './reading.ts'
import { chatOf, gatheredIn } from './recognise.ts'
import { type Fields, isFields } from './values.ts'

/** A conversation whose messages stand in a list by themselves. */
interface Gathered {
  place: Place
  /** What names it in each of its messages. */
  chat: string
  messages: Fields[]
  bytes: number
  /** Why it can not go in. */
  fault: string | null
}

/** Makes conversations of lists that hold messages instead of conversations. */
export class Gathering {
  readonly #reader: Reader
  #gathered: Gathered | null = null
  #list = 0
  /** Whether the list is one of messages; null until its first object tells. */
  #isOfMessages: boolean | null = null

  constructor(reader: Reader) {
    this.#reader = reader
  }

  get isOpen(): boolean {
    return this.#gathered !== null
  }

  /** Returns whether a piece is one of the messages. */
  async *take({ list = 0, bytes, offset }: Piece): AsyncGenerator<Reading, boolean> {
    if (list !== this.#list) {
      yield* await this.close(true)
      this.#list = list
      this.#isOfMessages = null
    }
    if (list === 0 || this.#isOfMessages === false) return false
    const message = bytes && messageIn(bytes)
    const chat = message ? chatOf(message) : null
    if (message) this.#isOfMessages ??= chat !== null
    if (!message || chat === null) {
      // Its conversation would come in without it.
      if (this.#gathered) this.#gathered.fault ??= 'One of its messages can not be read'
      return this.isOpen
    }
    if (this.#gathered?.chat !== chat) {
      yield* await this.close(true)
      const place = this.#reader.next(offset)
      this.#gathered = { place, chat, messages: [], bytes: 0, fault: null }
    }
    add(this.#gathered, message, bytes.byteLength)
    return true
  }

  /** @param document what the list stands in */
  async close(isWhole: boolean, document: Fields = {}): Promise<Reading[]> {
    const gathered = this.#gathered
    this.#gathered = null
    if (gathered === null) return []
    const { place, chat, messages, bytes } = gathered
    const fault = isWhole ? gathered.fault : 'The file ends in the middle of it'
    if (fault !== null) return [failed(place, chat || null, fault)]
    return this.#reader.take(place, gatheredIn(messages, document), bytes)
  }
}

function messageIn(bytes: Uint8Array): Fields | null {
  const json = parsed(bytes)
  return json.ok && isFields(json.value) ? json.value : null
}

function add(gathered: Gathered, message: Fields, bytes: number): void {
  gathered.bytes += bytes
  if (gathered.bytes > CONVERSATION_BYTES) gathered.fault ??= tooLarge
  if (gathered.fault) gathered.messages = []
  else gathered.messages.push(message)
}
