import { IMPORT_BYTES } from '../../../contract/limits.ts'
import { piecesOf } from '../../frame/pieces.ts'

/** A body that ends if it is longer than it may be, or if nobody waits for what becomes of it. */
export class Metered {
  readonly #body: ReadableStream<Uint8Array> | null
  #isLeft = false
  bytes = 0

  constructor(body: ReadableStream<Uint8Array> | null) {
    this.#body = body
  }

  get isOver(): boolean {
    return this.bytes > IMPORT_BYTES
  }

  /** To be called if the caller is gone: nothing more is read. */
  leave(): void {
    this.#isLeft = true
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<Uint8Array> {
    for await (const piece of this.#body ? piecesOf(this.#body) : []) {
      this.bytes += piece.byteLength
      if (this.isOver || this.#isLeft) return
      yield piece
    }
  }

  /** What is read of it later, as long as somebody waits for what becomes of it. */
  async *asLong(pieces: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
    for await (const piece of pieces) {
      if (this.#isLeft) return
      yield piece
    }
  }
}
