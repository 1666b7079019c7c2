import { IMPORT_DEPTH } from '../../contract/limits.ts'
import { CONVERSATION_BYTES } from './limits.ts'

/** A piece of the file that is one JSON value, or what is left of it. */
export interface Piece {
  /**
   * An element of the array of conversations; the `opening` of an object up to that array; a whole object at the
   * top, that array emptied; or what a file that is cut short ends with.
   */
  kind: 'element' | 'opening' | 'document' | 'cut'
  /** The byte of the file at which it begins. */
  offset: number
  /** Null if it is larger or deeper than is read. */
  bytes: Uint8Array<ArrayBuffer> | null
  fault: 'too-large' | 'too-deep' | null
  /** Elements of one list have one number. */
  list?: number
}

export function joined(parts: Uint8Array[]): Uint8Array<ArrayBuffer> {
  const whole = new Uint8Array(parts.reduce((sum, part) => sum + part.byteLength, 0))
  let at = 0
  for (const part of parts) {
    whole.set(part, at)
    at += part.byteLength
  }
  return whole
}

/** Collects the bytes of one value, as many as are read. */
export class Collected {
  readonly offset: number
  deepest = 0
  #size = 0
  #parts: Uint8Array[] = []

  constructor(offset: number) {
    this.offset = offset
  }

  add(part: Uint8Array): void {
    this.#size += part.byteLength
    if (this.#size > CONVERSATION_BYTES || this.deepest > IMPORT_DEPTH) this.#parts = []
    else this.#parts.push(part)
  }

  piece(kind: Piece['kind'], ...more: Uint8Array[]): Piece {
    const { offset } = this
    if (this.deepest > IMPORT_DEPTH) return { kind, offset, bytes: null, fault: 'too-deep' }
    if (this.#size > CONVERSATION_BYTES) return { kind, offset, bytes: null, fault: 'too-large' }
    return { kind, offset, bytes: joined([...this.#parts, ...more]), fault: null }
  }
}
