import { Gathering } from './gathering.ts'
import { tooLarge } from './limits.ts'
import { type Line, Lines } from './lines.ts'
import { type Reader, type Reading, failed, parsed } from './reading.ts'

/** A file of lines: each is a conversation of another program, or a message of one conversation. */
export class JsonlFile {
  readonly warnings: string[] = []
  isComplete = true
  readonly #reader: Reader
  readonly #lines = new Lines()
  readonly #gathering: Gathering

  constructor(reader: Reader) {
    this.#reader = reader
    this.#gathering = new Gathering(reader)
  }

  async *push(chunk: Uint8Array): AsyncGenerator<Reading> {
    for (const line of this.#lines.push(chunk)) yield* this.#line(line)
  }

  async *end(): AsyncGenerator<Reading> {
    const last = this.#lines.end()
    if (last) yield* this.#line(last)
    yield* await this.#gathering.close(this.isComplete)
  }

  async *#line({ line, offset, bytes, isEnded }: Line): AsyncGenerator<Reading> {
    if (bytes?.every(isSpace)) return
    const isWhole = isEnded || (bytes !== null && parsed(bytes).ok)
    const piece = { kind: 'element' as const, list: 1, bytes, offset, fault: null }
    if (isWhole && (yield* this.#gathering.take(piece))) return
    const place = this.#reader.next(offset, line)
    if (isWhole) {
      if (bytes) yield* await this.#reader.read(place, bytes)
      else yield failed(place, null, tooLarge)
      return
    }
    this.isComplete = false
    this.warnings.push('The file ends before it is whole.')
    yield failed(place, null, 'The file ends in the middle of it')
  }
}

const isSpace = (byte: number): boolean => byte <= 0x20
