import { CONVERSATION_BYTES } from './limits.ts'
import { joined } from './piece.ts'

const NEWLINE = 0x0a

export interface Line {
  /** From 1. */
  line: number
  /** The byte of the file at which it begins. */
  offset: number
  /** Without what ends it; null if it is larger than is read. */
  bytes: Uint8Array<ArrayBuffer> | null
  /** Whether the file goes on after it. */
  isEnded: boolean
}

/** Cuts a file into its lines, chunk by chunk. */
export class Lines {
  #line = 1
  #offset = 0
  #size = 0
  #parts: Uint8Array[] = []

  push(chunk: Uint8Array): Line[] {
    const lines: Line[] = []
    let from = 0
    for (;;) {
      const end = chunk.indexOf(NEWLINE, from)
      if (end === -1) break
      this.#add(chunk.slice(from, end))
      lines.push(this.#take(true))
      from = end + 1
    }
    this.#add(chunk.slice(from))
    return lines
  }

  /** A last line that nothing ends. */
  end(): Line | null {
    return this.#size > 0 ? this.#take(false) : null
  }

  #add(part: Uint8Array): void {
    this.#size += part.byteLength
    if (this.#size > CONVERSATION_BYTES) this.#parts = []
    else this.#parts.push(part)
  }

  #take(isEnded: boolean): Line {
    const bytes = this.#size > CONVERSATION_BYTES ? null : joined(this.#parts)
    const taken = { line: this.#line, offset: this.#offset, bytes, isEnded }
    this.#line += 1
    this.#offset += this.#size + 1
    this.#size = 0
    this.#parts = []
    return taken
  }
}
