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

/** An upload that was begun, or is to be: its id, and its key in the bucket. */
export interface Begun {
  id: string
  key: string
}

/**
 * The file that an upload came to: the one that stands already, if it has the same bytes and the same name. What is not
 * kept of it goes from the bucket. To be called in a transaction.
 *
 * @param reserved the id that the file has by the address at which it was put. Its own key is never written to, and notes
 *   until then that nothing was put there
 */
export function finish(
  env: Env,
  kept: Kept,
  { id, key, sha256, bytes, name, type }: Uploaded & Begun,
  reserved: Begun | null = null,
): Answer<{ file: FileRow; isNew: boolean }> {
  const now = Date.now()
  const known = reserved ? kept.file(reserved.id) : kept.same(sha256, name)
  if (known) {
    // The same call may come twice.
    if (known.key !== key) kept.going.goes(key, now)
    if (known.sha256 !== sha256) return used()
    return { ok: true, file: known, isNew: known.id === (reserved?.id ?? id) }
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
  if (reserved && !kept.going.stays(reserved.key)) {
    kept.going.goes(key, now)
    return used()
  }
  if (isStored) kept.going.goes(key, now)
  else kept.addBlob({ sha256, key, bytes })
  const own = reserved?.id ?? id
  kept.addFile({ id: own, sha256, name, type, createdAt: now }, now)
  return { ok: true, file: kept.file(own)!, isNew: true }
}

const used = (): Refusal =>
  refuse('invalid-ticket', {
    detail: 'This address was used for other bytes, or has ended. Ask for a new one.',
  })

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
