import { SNIFFED_BYTES } from '../../contract/file.ts'

export class TooLarge extends Error {
  override readonly name = 'TooLarge'
}

/** Lets bytes pass, and knows at the end how many they were, how they began, and their SHA-256. */
export class Gauge {
  readonly #most: number
  readonly #digest = new crypto.DigestStream('SHA-256')
  readonly #writer = this.#digest.getWriter()
  #head = new Uint8Array(0)
  bytes = 0

  constructor(most: number) {
    this.#most = most
  }

  get head(): Uint8Array {
    return this.#head
  }

  async pass(chunk: Uint8Array): Promise<void> {
    this.bytes += chunk.byteLength
    if (this.bytes > this.#most) throw new TooLarge()
    const lacking = SNIFFED_BYTES - this.#head.byteLength
    if (lacking > 0) {
      const head = new Uint8Array(this.#head.byteLength + Math.min(lacking, chunk.byteLength))
      head.set(this.#head)
      head.set(chunk.subarray(0, lacking), this.#head.byteLength)
      this.#head = head
    }
    await this.#writer.write(chunk)
  }

  async sha256(): Promise<string> {
    await this.#writer.close()
    return new Uint8Array(await this.#digest.digest).toHex()
  }
}
