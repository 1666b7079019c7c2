import type { Context } from 'hono'

import type { Owner } from '../../contract/caller.ts'
import { type FileRow, isFileId } from '../../contract/file.ts'
import { type Part, fileIdsIn, isKnownPart } from '../../contract/part.ts'
import type { PortableMessage } from '../../contract/portable.ts'
import type { HonoEnv } from '../caller/caller.ts'
import { askFiles } from '../frame/ask.ts'

/** Files of an owner that are asked for in one call, the newest first, and how many such calls one export makes. */
const ASKED = 5_000
const MOST_ASKS = 10

/** What an export tells of a file beside its id. */
export type Stored = Pick<FileRow, 'sha256' | 'name' | 'type' | 'bytes'>

interface Known {
  owner: Owner
  files: Map<string, Stored>
  /** Before which file to ask on; null if all are known. */
  before: { id: string | null } | null
}

/**
 * Tells of files beside their ids: all that is known, or to formats that are not Hilo's own the names that messages lack.
 * An owner's list is read page by page, once an export, so that it costs no call for each file or message. It is best
 * effort: no export of messages fails because it can't be had.
 */
export class Told {
  readonly #c: Context<HonoEnv>
  readonly #isOwn: boolean
  readonly #owners = new Map<string, Known>()
  #asks = 0

  constructor(c: Context<HonoEnv>, isOwn: boolean) {
    this.#c = c
    this.#isOwn = isOwn
  }

  async on(owner: Owner, messages: PortableMessage[]): Promise<PortableMessage[]> {
    const isTold = (part: Part) => this.#isOwn || isNameless(part)
    const told = messages.flatMap(({ parts }) => parts?.filter(isTold) ?? [])
    const ids = new Set(fileIdsIn(told).filter(isFileId))
    if (ids.size === 0) return messages
    const files = await this.#filesOf(owner, ids)
    const withTold = this.#isOwn ? withStored : withName
    return messages.map((message) => ({
      ...message,
      parts: message.parts?.map((part) => withTold(part, files)) ?? null,
    }))
  }

  async #filesOf(owner: Owner, ids: Set<string>): Promise<Map<string, Stored>> {
    const key = `${owner.kind}:${owner.id}`
    const known = this.#owners.get(key) ?? { owner, files: new Map(), before: { id: null } }
    this.#owners.set(key, known)
    while ([...ids].some((id) => !known.files.has(id)) && known.before !== null) {
      if (this.#asks >= MOST_ASKS) break
      await this.#more(known, known.before.id)
    }
    return known.files
  }

  async #more(known: Known, before: string | null): Promise<void> {
    this.#asks += 1
    known.before = null
    const rows = await askFiles(this.#c, known.owner, (files) => files.list(before, ASKED)).catch(
      () => [],
    )
    for (const { id, sha256, name, type, bytes } of rows) {
      known.files.set(id, { sha256, name, type, bytes })
    }
    const last = rows.at(-1)
    if (last && rows.length === ASKED) known.before = { id: last.id }
  }
}

function withStored(part: Part, files: Map<string, Stored>): Part {
  if (!isKnownPart(part) || (part.type !== 'image_url' && part.type !== 'file')) return part
  const inside = part.type === 'file' ? part.file : part.image_url
  const stored = files.get(inside.file_id ?? '')
  if (stored === undefined) return part
  const told = { ...inside, stored }
  return part.type === 'file' ? { ...part, file: told } : { ...part, image_url: told }
}

const isNameless = (part: Part) =>
  isKnownPart(part) && part.type === 'file' && part.file.filename === undefined

function withName(part: Part, files: Map<string, Stored>): Part {
  if (!isKnownPart(part) || part.type !== 'file') return part
  const filename = part.file.filename ?? files.get(part.file.file_id ?? '')?.name
  return filename == null ? part : { ...part, file: { ...part.file, filename } }
}
