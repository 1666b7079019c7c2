import type { FileRow } from '../contract/file.ts'
import { type Answer, type Refusal, refuse } from '../contract/problem.ts'
import { maxFilesBytes } from '../settings.ts'
import type { Kept } from './kept.ts'

/** What an upload brought. */
export interface Uploaded {
  sha256: string
  bytes: number
  name: string | null
  type: string
}

/**
 * The file that an upload came to: the one that stands already, if it has the same bytes and the same name. What is not
 * kept of it goes from the bucket. To be called in a transaction.
 */
export function finish(
  env: Env,
  kept: Kept,
  { id, key, sha256, bytes, name, type }: Uploaded & { id: string; key: string },
): Answer<{ file: FileRow; isNew: boolean }> {
  const now = Date.now()
  const known = kept.same(sha256, name)
  if (known) {
    if (known.id !== id) kept.going.goes(key, now)
    return { ok: true, file: known, isNew: known.id === id }
  }
  const isStored = kept.blob(sha256) !== null
  const refusal = isStored ? null : overQuota(env, kept, bytes)
  if (refusal) {
    kept.going.goes(key, now)
    return refusal
  }
  if (!kept.going.stays(key)) {
    kept.going.goes(key, now)
    return refuse('try-again', { detail: 'The upload took too long. Nothing was stored.' })
  }
  if (isStored) kept.going.goes(key, now)
  else kept.addBlob({ sha256, key, bytes })
  kept.addFile({ id, sha256, name, type, createdAt: now }, now)
  return { ok: true, file: kept.file(id)!, isNew: true }
}

/** The refusal for an owner whose files would take up more than is allowed; null if they don't. */
export function overQuota(env: Env, kept: Kept, bytes: number): Refusal | null {
  const most = maxFilesBytes(env)
  const used = kept.store.bytes
  if (most === null || used + bytes <= most) return null
  return refuse('over-quota', {
    detail:
      `The files of this owner take up ${megabytes(used)} MB of ${megabytes(most)} MB, and this one has ` +
      `${megabytes(bytes)} MB. Nothing was stored. Delete files, or erase conversations that name some.`,
  })
}

const megabytes = (bytes: number): string => (bytes / 2 ** 20).toFixed(1).replace(/\.0$/, '')
