/** A file in a ZIP that is being written. */
export interface ZipEntry {
  name: string
  bytes: AsyncIterable<Uint8Array>
}

/** The library, which only those load who have a ZIP. */
export async function zipLibrary() {
  const library = await import('@zip.js/zip.js/lib/zip-core-custom.js')
  // It lets so many files be worked at in one isolate. A call that waits for another one's would wait for ever.
  const maxWorkers = Number.MAX_SAFE_INTEGER
  library.configure({ useWebWorkers: false, maxWorkers, chunkSize: PIECE_BYTES })
  return library
}

/** What is unpacked at once: of a bomb, it becomes a thousand times as much before anybody can stop it. */
const PIECE_BYTES = 16 * 1024

/** A ZIP as it is read, its files stored as they are: no more of it is in memory than a few pieces. */
export async function* zipped(
  entries: AsyncIterable<ZipEntry>,
): AsyncGenerator<Uint8Array, void, undefined> {
  const { ZipWriter } = await zipLibrary()
  yield* filled(async (writable) => {
    const zip = new ZipWriter(writable, { level: 0 })
    for await (const { name, bytes } of entries) await zip.add(name, streamed(bytes))
    await zip.close()
  })
}

/** What somebody writes into a stream, piece by piece as it is read. */
export async function* filled(
  fill: (writable: WritableStream<Uint8Array>) => Promise<unknown>,
): AsyncGenerator<Uint8Array, void, undefined> {
  let fail!: (error: unknown) => void
  const { readable, writable } = new TransformStream<Uint8Array, Uint8Array>({
    start: (controller) => {
      fail = (error) => controller.error(error)
    },
  })
  const filling = fill(writable).catch(fail)
  try {
    yield* readable
  } finally {
    await filling
  }
}

/** Pieces as a stream that asks for none before it is read. */
export function streamed(pieces: AsyncIterable<Uint8Array>): ReadableStream<Uint8Array> {
  const iterator = pieces[Symbol.asyncIterator]()
  return new ReadableStream<Uint8Array>(
    {
      pull: async (controller) => {
        const { done, value } = await iterator.next()
        if (done) controller.close()
        else controller.enqueue(value)
      },
      cancel: async () => {
        await iterator.return?.()
      },
    },
    { highWaterMark: 0 },
  )
}
