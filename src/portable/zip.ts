/** A file in a ZIP that is being written. */
export interface ZipEntry {
  name: string
  bytes: AsyncIterable<Uint8Array>
}

/** A ZIP as it is read, its files stored as they are: no more of it is in memory than a few pieces. */
export async function* zipped(
  entries: AsyncIterable<ZipEntry>,
): AsyncGenerator<Uint8Array, void, undefined> {
  const { ZipWriter } = await import('@zip.js/zip.js/lib/zip-core-native.js')
  let fail!: (error: unknown) => void
  const { readable, writable } = new TransformStream<Uint8Array, Uint8Array>({
    start: (controller) => {
      fail = (error) => controller.error(error)
    },
  })
  const zip = new ZipWriter(writable, { level: 0, useWebWorkers: false })
  const fill = async () => {
    for await (const { name, bytes } of entries) await zip.add(name, streamed(bytes))
    await zip.close()
  }
  const filling = fill().catch(fail)
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
