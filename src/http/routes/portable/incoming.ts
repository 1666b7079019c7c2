import type { Context } from 'hono'

import type { Owner } from '../../../contract/caller.ts'
import type { ImportedMessage } from '../../../contract/import.ts'
import { type Part, isKnownPart } from '../../../contract/part.ts'
import type { InArchive } from '../../../portable/archive.ts'
import type { Held } from '../../../portable/import/holding.ts'
import { Unreadable, type Unzipped } from '../../../portable/unzip.ts'
import { streamed } from '../../../portable/zip.ts'
import type { HonoEnv } from '../../caller/caller.ts'
import { keepBytes, keepStream } from '../../files/keep.ts'
import { askFiles } from '../../frame/ask.ts'
import { Problem } from '../../frame/problem.ts'

/** An archive, and what of it messages may name: by the ids that stand for it until it is kept. */
export interface Archived {
  zip: Unzipped
  files: Map<string, InArchive>
}

/** What became of a file: the id that it has here, or why it is none. */
type Kept = { id: string } | { name: string | null; why: string }

/** The files that come with conversations, beside these in an archive or within them: each is kept once a message names it. */
export class Incoming {
  readonly #c: Context<HonoEnv>
  readonly #owner: Owner
  readonly #archived: Archived | null
  readonly #kept = new Map<string, Promise<Kept>>()
  /** One after the other: each may be large. */
  #last: Promise<unknown> = Promise.resolve()
  /** Paths of the archive that were named. */
  readonly named = new Set<string>()

  constructor(c: Context<HonoEnv>, owner: Owner, archived: Archived | null) {
    this.#c = c
    this.#owner = owner
    this.#archived = archived
  }

  /** Messages that name the files as their owner has them from now on, and what is told of those that could not be kept. */
  async on(
    messages: ImportedMessage[],
    held: Map<string, Held>,
  ): Promise<{ messages: ImportedMessage[]; warnings: string[] }> {
    const warnings = new Set<string>()
    const files = this.#archived?.files
    if (held.size === 0 && !files?.size) return { messages, warnings: [] }
    const keep = async (id: string): Promise<Kept | null> => {
      const own = held.get(id)
      const file = files?.get(id)
      if (own) return this.#inTurn(() => this.#keepHeld(own))
      return file ? this.#once(file) : null
    }
    const all: ImportedMessage[] = []
    for (const message of messages) {
      const parts: Part[] = []
      for (const part of message.parts ?? []) parts.push(await withId(part, keep, warnings))
      all.push(message.parts === null ? message : { ...message, parts })
    }
    return { messages: all, warnings: [...warnings] }
  }

  #once(file: InArchive): Promise<Kept> {
    const { path } = file
    this.named.add(path)
    const kept = this.#kept.get(path) ?? this.#inTurn(() => this.#keep(file))
    this.#kept.set(path, kept)
    return kept
  }

  #inTurn(work: () => Promise<Kept>): Promise<Kept> {
    const kept = this.#last.catch(() => {}).then(work)
    this.#last = kept
    return kept
  }

  #keepHeld({ name, text, base64 = '' }: Held): Promise<Kept> {
    const bytes = text === undefined ? Uint8Array.fromBase64(base64) : encoder.encode(text)
    return orWhy(name, async () => (await keepBytes(this.#c, this.#owner, bytes, name)).id)
  }

  async #keep({ path, name, sha256 }: InArchive): Promise<Kept> {
    const known =
      sha256 && (await askFiles(this.#c, this.#owner, (files) => files.same(sha256, name)))
    if (known) return known
    let broken: Unreadable | null = null
    const bytes = this.#archived!.zip.bytes(path)
    async function* read() {
      try {
        yield* bytes
      } catch (error) {
        if (error instanceof Unreadable) broken = error
        throw error
      }
    }
    return orWhy(name, async () => {
      const body = streamed(read())
      const { file } = await keepStream(this.#c, this.#owner, body, { length: null, name }).catch(
        (error: unknown) => {
          throw broken ?? error
        },
      )
      if (sha256 !== null && file.sha256 !== sha256) {
        throw new Problem('invalid-request', {
          detail: 'A file of it is not what the archive says',
        })
      }
      return file.id
    })
  }
}

const encoder = new TextEncoder()

/** A file that can never be kept takes its message with it no more than one that is not there. */
async function orWhy(name: string | null, work: () => Promise<string>): Promise<Kept> {
  try {
    return { id: await work() }
  } catch (error) {
    if (error instanceof Unreadable) return { name, why: 'is damaged, or no file of an export' }
    if (error instanceof Problem && error.type === 'body-too-large') {
      return { name, why: 'is larger than a file may be here' }
    }
    throw error
  }
}

async function withId(
  part: Part,
  keep: (id: string) => Promise<Kept | null>,
  warnings: Set<string>,
): Promise<Part> {
  if (!isKnownPart(part) || (part.type !== 'image_url' && part.type !== 'file')) return part
  const { file_id: named } = part.type === 'file' ? part.file : part.image_url
  const kept = named === undefined ? null : await keep(named)
  if (kept === null) return part
  if ('id' in kept) {
    return part.type === 'file'
      ? { ...part, file: { ...part.file, file_id: kept.id } }
      : { ...part, image_url: { ...part.image_url, file_id: kept.id } }
  }
  warnings.add(`${kept.name ?? 'A picture'} ${kept.why}; its name is kept.`)
  return { type: 'file', file: { ...(kept.name !== null && { filename: kept.name }) } }
}
