import type { Context } from 'hono'

import type { Owner } from '../../../contract/caller.ts'
import type { ImportedMessage } from '../../../contract/import.ts'
import { IMPORT_BYTES } from '../../../contract/limits.ts'
import { type Part, isKnownPart } from '../../../contract/part.ts'
import { type InArchive, filesIn, picturesIn } from '../../../portable/archive.ts'
import type { FileAt } from '../../../portable/import/parts.ts'
import { Unreadable, Unzipped } from '../../../portable/unzip.ts'
import { streamed } from '../../../portable/zip.ts'
import { bucketOf } from '../../../settings.ts'
import { type HonoEnv, callOf } from '../../caller/caller.ts'
import { forNow, keepStream } from '../../files/keep.ts'
import { askFiles } from '../../frame/ask.ts'
import { Problem } from '../../frame/problem.ts'

/** Whether a file is a ZIP, by what it begins with; and the file, whole as it was. */
export async function zipOrNot(
  body: AsyncIterable<Uint8Array>,
): Promise<{ isZip: boolean; file: AsyncGenerator<Uint8Array> }> {
  const pieces = body[Symbol.asyncIterator]()
  const begun: Uint8Array[] = []
  const head: number[] = []
  while (head.length < 4) {
    const { done, value } = await pieces.next()
    if (done) break
    begun.push(value)
    head.push(...value.subarray(0, 4))
  }
  async function* all() {
    yield* begun
    yield* { [Symbol.asyncIterator]: () => pieces }
  }
  const isZip = [0x50, 0x4b].every((byte, index) => head[index] === byte)
  return { isZip, file: all() }
}

/** Does something with a ZIP, which is in the bucket as long as that takes: its directory is at its end. */
export async function withZip<T>(
  c: Context<HonoEnv>,
  file: AsyncIterable<Uint8Array>,
  work: (zip: Unzipped, files: Brought, fileAt: FileAt) => Promise<T>,
): Promise<T> {
  const { owner } = callOf(c).caller
  const bucket = bucketOf(c.env)
  if (bucket === null || owner === null) {
    const detail = 'A ZIP archive needs them: unpack it, and send its JSON. Nothing was stored.'
    throw new Problem('no-files', { detail })
  }
  return forNow(c, owner, streamed(file), IMPORT_BYTES, async ({ key, bytes }) => {
    const zip = await Unzipped.open({
      size: bytes,
      read: async (offset, length) => {
        const object = await bucket.get(key, { range: { offset, length } })
        if (object === null) throw new Unreadable('The ZIP archive is gone.')
        return new Uint8Array(await object.arrayBuffer())
      },
    })
    const { files, fileAt } = picturesIn(zip)
    const all = new Map([...files, ...(await filesIn(zip))])
    return work(zip, new Brought(c, owner, zip, all), fileAt)
  })
}

/** The files that a ZIP brings: each is kept once a message names it. */
export class Brought {
  readonly #c: Context<HonoEnv>
  readonly #owner: Owner
  readonly #zip: Unzipped
  readonly #files: Map<string, InArchive>
  readonly #ids = new Map<string, Promise<string>>()
  /** One after the other: each may be large. */
  #last: Promise<unknown> = Promise.resolve()

  constructor(c: Context<HonoEnv>, owner: Owner, zip: Unzipped, files: Map<string, InArchive>) {
    this.#c = c
    this.#owner = owner
    this.#zip = zip
    this.#files = files
  }

  /** Messages that name the files as their owner has them from now on. */
  async on(messages: ImportedMessage[]): Promise<ImportedMessage[]> {
    if (this.#files.size === 0) return messages
    const all: ImportedMessage[] = []
    for (const message of messages) {
      const parts: Part[] = []
      for (const part of message.parts ?? []) parts.push(await this.#named(part))
      all.push(message.parts === null ? message : { ...message, parts })
    }
    return all
  }

  async #named(part: Part): Promise<Part> {
    if (!isKnownPart(part)) return part
    if (part.type === 'image_url') {
      const id = await this.#idOf(part.image_url.file_id)
      return id === null ? part : { ...part, image_url: { ...part.image_url, file_id: id } }
    }
    if (part.type !== 'file') return part
    const id = await this.#idOf(part.file.file_id)
    return id === null ? part : { ...part, file: { ...part.file, file_id: id } }
  }

  async #idOf(named: string | undefined): Promise<string | null> {
    const file = named === undefined ? undefined : this.#files.get(named)
    if (named === undefined || file === undefined) return null
    const id = this.#ids.get(named) ?? this.#last.catch(() => {}).then(() => this.#keep(file))
    if (!this.#ids.has(named)) this.#last = id
    this.#ids.set(named, id)
    return id
  }

  async #keep({ path, name, sha256 }: InArchive): Promise<string> {
    const known =
      sha256 && (await askFiles(this.#c, this.#owner, (files) => files.same(sha256, name)))
    if (known) return known.id
    const body = streamed(this.#zip.bytes(path))
    const { file } = await keepStream(this.#c, this.#owner, body, { length: null, name })
    if (sha256 !== null && file.sha256 !== sha256) {
      throw new Problem('invalid-request', { detail: 'A file of it is not what the archive says' })
    }
    return file.id
  }
}
