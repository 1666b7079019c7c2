import type { Owner } from '../contract/caller.ts'
import { filesOf } from '../objects.ts'
import { bucketOf } from '../settings.ts'
import type { Kept } from './kept.ts'
import type { Blob, Moving } from './tables.ts'

/** Files that move in one call. */
const MOVED_AT_ONCE = 200

export const nameOfOwner = ({ kind, id }: Owner): string => `${kind}:${id}`

export function ownerNamed(name: string): Owner {
  const colon = name.indexOf(':')
  return { kind: name.slice(0, colon) as Owner['kind'], id: name.slice(colon + 1) }
}

/**
 * Makes files another owner's. Their bytes stay where they are in the bucket. Cut anywhere, it goes on when it is called
 * again: what the other has taken over is taken over again, which changes nothing.
 */
export async function handOver(
  env: Env,
  kept: Kept,
  to: Owner,
  conversationIds: string[] | null,
): Promise<void> {
  if (conversationIds === null) {
    // First of all: nothing comes in from now on, and nothing goes.
    if (kept.store.movedTo === null) kept.moved(nameOfOwner(to))
    for (let ids = kept.some(MOVED_AT_ONCE); ids.length > 0; ids = kept.some(MOVED_AT_ONCE)) {
      await move(env, kept, to, ids)
    }
    return
  }
  const moving = new Set(conversationIds)
  const ids = new Set(conversationIds.flatMap((id) => kept.refs.of(id)).map((ref) => ref.fileId))
  for (const id of ids) {
    const isShared = kept.refs.to(id).some((ref) => !moving.has(ref.conversationId))
    await (isShared ? copy(env, kept, to, id, moving) : move(env, kept, to, [id]))
  }
}

async function move(env: Env, kept: Kept, to: Owner, ids: string[]): Promise<void> {
  const moving = kept.moving(ids)
  const { sha256 } = moving.blobs[0] ?? {}
  // Bytes of a file that stays have to be there twice.
  const isAll = kept.store.movedTo !== null
  const [id = ''] = ids
  if (!isAll && sha256 !== undefined && kept.isAmongOthers(sha256, id)) {
    return copy(env, kept, to, id, new Set(moving.refs.map((ref) => ref.conversationId)))
  }
  await filesOf(env, to).takeOver(moving)
  kept.inOne(() => kept.forget(moving))
}

/** Gives the other owner the file as well: conversations that stay name it too, or another file has the same bytes. */
async function copy(
  env: Env,
  kept: Kept,
  to: Owner,
  id: string,
  conversationIds: Set<string>,
): Promise<void> {
  const moving = kept.moving([id])
  const refs = moving.refs.filter((ref) => conversationIds.has(ref.conversationId))
  const blobs = await Promise.all(moving.blobs.map((blob) => copied(env, to, blob)))
  await filesOf(env, to).takeOver({ ...moving, blobs, refs })
  kept.inOne(() => {
    for (const ref of refs) kept.refs.unrefer(ref)
    if (kept.refs.to(id).length === 0) kept.removeFile(id, Date.now())
  })
}

async function copied(env: Env, to: Owner, blob: Blob): Promise<Blob> {
  const begun = await filesOf(env, to).begin(0)
  if (!begun.ok) throw new Error('the other owner takes nothing')
  const bucket = bucketOf(env)
  const found = await bucket?.get(blob.key)
  if (!found) throw new Error('the bucket has not what it should')
  await bucket?.put(begun.key, found.body)
  return { ...blob, key: begun.key }
}

/** Keeps files that were another's. The same again changes nothing. */
export function takeOver(kept: Kept, { blobs, files, refs }: Moving, now: number): void {
  for (const blob of blobs) {
    const mine = kept.blob(blob.sha256)
    if (mine === null) {
      kept.going.stays(blob.key)
      kept.addBlob(blob)
    } else if (mine.key !== blob.key) kept.going.goes(blob.key, now)
  }
  const used = new Set(refs.map(({ fileId }) => fileId))
  for (const file of files) kept.addFile(file, used.has(file.id) ? null : file.createdAt)
  for (const ref of refs) kept.refs.add(ref, now)
}
