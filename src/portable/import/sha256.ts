const encoder = new TextEncoder()

/** SHA-256 of what comes piece by piece. */
export class Sha256 {
  readonly #stream = new crypto.DigestStream('SHA-256')
  readonly #writer = this.#stream.getWriter()

  add(piece: string | Uint8Array): Promise<void> {
    return this.#writer.write(typeof piece === 'string' ? encoder.encode(piece) : piece)
  }

  async hex(): Promise<string> {
    await this.#writer.close()
    return new Uint8Array(await this.#stream.digest).toHex()
  }
}
