import { Collected, type Piece } from './piece.ts'
import { type Fields, fieldsOf } from './values.ts'

const QUOTE = 0x22
const COMMA = 0x2c
const COLON = 0x3a
const OPEN_ARRAY = 0x5b
const BACKSLASH = 0x5c
const CLOSE_ARRAY = 0x5d
const OPEN_OBJECT = 0x7b
const CLOSE_OBJECT = 0x7d
const SPACE = 0x20

/** The paths at which programs have their list of conversations. */
const lists = ['conversations', 'chats', 'data.chats']
const KEY_LENGTH = 16
const DEEPEST_KEY = 2

/** Whether an object has such a list. */
export const hasList = (value: Fields): boolean =>
  [value['conversations'], value['chats'], fieldsOf(value['data'])['chats']].some(Array.isArray)

/** A key of an object, and whether its value has begun. */
interface Key {
  name: string
  isValue: boolean
}

/**
 * Cuts JSON into the conversations it holds, chunk by chunk: the elements of an array at the top, or those of a list
 * of conversations in an object there. Several such values may follow one another. It only counts brackets
 * outside of strings; whether a piece is valid is for its parser to say. No byte of a longer UTF-8 sequence looks
 * like a bracket or a quote.
 */
export class Splitter {
  /** Whether something stands if no value can. */
  hasStrays = false

  #chunk = new Uint8Array()
  #before = 0
  #depth = 0
  #inString = false
  #isEscaped = false
  /** How deep the elements are; 0 outside of their array. */
  #elementDepth = 0
  /** How many lists have begun. */
  #list = 0
  #element: Collected | null = null
  #document: Collected | null = null
  /** Where bytes go, from which one of the chunk on. */
  #sink: Collected | null = null
  #from = 0
  /** The last keys of the document, by their depth; null within an array. */
  readonly #keys: (Key | null)[] = []
  /** The key that is being read. */
  #key: Key | null = null
  #pieces: Piece[] = []

  /** Whether the file may end here. */
  get isWhole(): boolean {
    return this.#depth === 0 && !this.hasStrays
  }

  /** Whether a conversation has begun and not ended. */
  get isInElement(): boolean {
    return this.#element !== null
  }

  /** The pieces that end in this chunk. */
  push(chunk: Uint8Array<ArrayBuffer>): Piece[] {
    this.#chunk = chunk
    this.#from = 0
    this.#pieces = []
    for (let at = 0; at < chunk.byteLength; at += 1) {
      const byte = chunk[at] as number
      if (this.#inString) at = this.#inside(byte, at)
      else if (byte > SPACE) this.#outside(byte, at)
    }
    this.#turnTo(this.#sink, chunk.byteLength)
    this.#before += chunk.byteLength
    return this.#pieces
  }

  /** What the file ends with, if that is not whole. */
  end(): Piece | null {
    return (this.#element ?? this.#document)?.piece('cut') ?? null
  }

  /** Returns up to where it has read. */
  #inside(byte: number, at: number): number {
    if (this.#isEscaped) this.#isEscaped = false
    else if (byte === BACKSLASH) this.#isEscaped = true
    else if (byte === QUOTE) this.#inString = false
    else if (this.#key === null || this.#key.name.length >= KEY_LENGTH) return this.#skip(at)
    if (this.#key && this.#inString && this.#key.name.length < KEY_LENGTH) {
      this.#key.name += String.fromCharCode(byte)
    }
    return at
  }

  /** Goes on to the end of the string, or of the chunk: most of a file is strings. */
  #skip(from: number): number {
    const found = this.#chunk.indexOf(QUOTE, from)
    const end = found === -1 ? this.#chunk.byteLength : found
    let first = end
    while (first > from && this.#chunk[first - 1] === BACKSLASH) first -= 1
    const isEscaped = (end - first) % 2 === 1
    if (found === -1) this.#isEscaped = isEscaped
    else this.#inString = isEscaped
    return end
  }

  #outside(byte: number, at: number): void {
    if (byte === CLOSE_ARRAY || byte === CLOSE_OBJECT) return this.#close(at)
    if (byte === COMMA) return this.#comma(at)
    const isBetween = this.#depth === this.#elementDepth && this.#element === null
    if (isBetween && !this.#begin(byte, at)) return
    if (byte === OPEN_ARRAY || byte === OPEN_OBJECT) return this.#open(byte, at)
    const key = this.#keyHere
    if (byte === QUOTE) {
      this.#inString = true
      this.#key = key?.isValue === false ? key : null
      if (this.#key) this.#key.name = ''
    } else if (byte === COLON && key) {
      key.isValue = true
    }
  }

  /** The key at this depth, if it may lead to a list. */
  get #keyHere(): Key | null {
    const mayLead = this.#document !== null && this.#depth <= DEEPEST_KEY
    return mayLead ? (this.#keys[this.#depth] ?? null) : null
  }

  /** A value begins. Returns false if it can't hold conversations. */
  #begin(byte: number, at: number): boolean {
    if (this.#elementDepth > 0) {
      this.#element = new Collected(this.#before + at)
      this.#turnTo(this.#element, at)
    } else if (byte === OPEN_OBJECT) {
      this.#document = new Collected(this.#before + at)
      this.#turnTo(this.#document, at)
    } else if (byte !== OPEN_ARRAY) {
      this.hasStrays = true
      this.#inString = byte === QUOTE
      return false
    }
    return true
  }

  #open(byte: number, at: number): void {
    this.#depth += 1
    if (this.#sink) this.#sink.deepest = Math.max(this.#sink.deepest, this.#depth)
    if (this.#element) return
    if (this.#depth <= DEEPEST_KEY) {
      this.#keys[this.#depth] = byte === OPEN_OBJECT ? { name: '', isValue: false } : null
    }
    if (byte === OPEN_OBJECT) return
    if (this.#depth === 1) {
      this.#elementDepth = 1
      this.#list += 1
    } else if (this.#document && this.#isList()) {
      this.#turnTo(null, at + 1)
      const closing = new TextEncoder().encode(`]${'}'.repeat(this.#depth - 1)}`)
      this.#pieces.push(this.#document.piece('opening', closing))
      this.#elementDepth = this.#depth
      this.#list += 1
    }
  }

  /** Whether the array that opens is a list of conversations. */
  #isList(): boolean {
    if (this.#depth > DEEPEST_KEY + 1) return false
    const path = this.#keys.slice(1, this.#depth).map((key) => key?.name)
    return lists.includes(path.join('.'))
  }

  #close(at: number): void {
    if (this.#depth === 0) {
      this.hasStrays = true
      return
    }
    if (this.#elementDepth > 0 && this.#depth === this.#elementDepth) {
      this.#finish(at)
      this.#elementDepth = 0
      this.#turnTo(this.#document, at)
    }
    this.#depth -= 1
    if (this.#element && this.#depth === this.#elementDepth) this.#finish(at + 1)
    if (this.#document && this.#depth === 0) {
      this.#turnTo(null, at + 1)
      this.#pieces.push(this.#document.piece('document'))
      this.#document = null
    }
  }

  #comma(at: number): void {
    // A bare number or word ends only here.
    if (this.#elementDepth > 0 && this.#depth === this.#elementDepth) this.#finish(at)
    const key = this.#keyHere
    if (key) key.isValue = false
  }

  #finish(at: number): void {
    if (this.#element === null) return
    this.#turnTo(null, at)
    this.#pieces.push({ ...this.#element.piece('element'), list: this.#list })
    this.#element = null
  }

  #turnTo(sink: Collected | null, at: number): void {
    this.#sink?.add(this.#chunk.slice(this.#from, at))
    this.#sink = sink
    this.#from = at
  }
}
