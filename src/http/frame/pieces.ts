const PIECE_BYTES = 64 * 1024

/**
 * A body in pieces of up to 64 KiB, as they come. Whoever only reads it is given 4 KiB at a time, and much of what an
 * upload takes is done once for each piece. A stream of our own has the pieces that it was made of.
 */
export async function* piecesOf(
  body: ReadableStream<Uint8Array>,
): AsyncGenerator<Uint8Array, void, undefined> {
  const reader = byteReader(body)
  if (reader === null) return yield* body
  try {
    for (;;) {
      const { done, value } = await reader.read(new Uint8Array(PIECE_BYTES))
      if (done) return
      yield value
    }
  } finally {
    await reader.cancel().catch(() => {})
  }
}

function byteReader(body: ReadableStream<Uint8Array>): ReadableStreamBYOBReader | null {
  try {
    return body.getReader({ mode: 'byob' })
  } catch {
    return null
  }
}
