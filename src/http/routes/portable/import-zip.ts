import type { Context } from 'hono'

import { ArchiveFiles } from '../../../portable/archive-files.ts'
import { besideIn, filesIn, listIn } from '../../../portable/archive.ts'
import { Unzipped } from '../../../portable/unzip.ts'
import { streamed } from '../../../portable/zip.ts'
import { bucketOf } from '../../../settings.ts'
import { type HonoEnv, callOf } from '../../caller/caller.ts'
import { forNow } from '../../files/keep.ts'
import { Problem } from '../../frame/problem.ts'
import type { Archived } from './incoming.ts'

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

/** What a ZIP brings, and what its conversations are asked about. */
export interface Brought {
  archived: Archived
  beside: ArchiveFiles
}

/** Does something with a ZIP, which is in the bucket as long as that takes: its directory is at its end. */
export async function withZip<T>(
  c: Context<HonoEnv>,
  file: AsyncIterable<Uint8Array>,
  work: (brought: Brought) => Promise<T>,
): Promise<T> {
  const { owner } = callOf(c).caller
  const bucket = bucketOf(c.env)
  if (bucket === null || owner === null) {
    const detail = 'A ZIP archive needs them: unpack it, and send its JSON. Nothing was stored.'
    throw new Problem('no-files', { detail })
  }
  return forNow(c, owner, streamed(file), async ({ key, bytes }) => {
    const zip = await Unzipped.open({
      size: bytes,
      read: async (offset, length) => {
        const object = await bucket.get(key, { range: { offset, length } })
        if (object === null) throw new Error('The archive is gone')
        return new Uint8Array(await object.arrayBuffer())
      },
    })
    const beside = new ArchiveFiles(zip)
    const files = new Map([...beside.files, ...(await filesIn(zip))])
    return work({ archived: { zip, files }, beside })
  })
}

/** How many files that nothing names are told by name. */
const TOLD = 20

/** What is told of the files in an archive that no message names. */
export function unnamedIn({ archived, beside }: Brought, named: Set<string>): string[] {
  const { zip } = archived
  const known = new Set([listIn(zip), ...named, ...beside.found])
  const left = besideIn(zip).filter((path) => !known.has(path))
  if (left.length === 0) return []
  const some = left.slice(0, TOLD).join(', ')
  const more = left.length > TOLD ? `, and ${left.length - TOLD} more` : ''
  return [`No message names these files of the archive, and they are left out: ${some}${more}.`]
}
