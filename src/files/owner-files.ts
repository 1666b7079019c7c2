import { DurableObject } from 'cloudflare:workers'
import { v7 as uuidv7 } from 'uuid'

import { ONCE_LINKED, type Owner } from '../contract/caller.ts'
import type { FileRow } from '../contract/file.ts'
import { type Answer, type Refusal, refuse } from '../contract/problem.ts'
import { filesOf } from '../objects.ts'
import { isDoneWithin } from '../within.ts'
import { Clearing } from './clearing.ts'
import { Kept } from './kept.ts'
import { isNamed, lookAt } from './looking.ts'
import { handOver, ownerNamed, takeOver } from './moving.ts'
import { GRACE_MS, type Moving } from './tables.ts'
import { type Begun, type Uploaded, finish, overQuota } from './upload.ts'

/** Files that are forgotten, and references that are looked at, in one turn of the alarm. */
const BATCH = 500
const SOON_MS = 60_000
const PATIENCE_MS = 2_000
const LOOKS = 100
const FRESH =
  ' It was named within the last ten minutes: if its message is deleted, the file goes once they are over.'
/** How long after the fence of its conversation a reference may have been made by this object's own clock. */
const SKEW_MS = 60_000

/**
 * The files of one owner: the only one who counts them, and who says when one goes. The bytes are in the bucket, under
 * keys that begin with this object's id.
 */
export class OwnerFiles extends DurableObject<Env> {
  readonly #kept: Kept
  readonly #clearing: Clearing
  #armedFor: number | null = null

  constructor(ctx: DurableObjectState, env: Env) {
    super(ctx, env)
    this.#kept = new Kept(ctx.storage)
    this.#clearing = new Clearing(this.#kept, () => this.env)
  }

  /** Begins an upload: its key goes from the bucket by itself, unless the upload is finished before. */
  begin(bytes: number): Answer<{ id: string; key: string }> {
    const refusal = this.#moved() ?? overQuota(this.env, this.#kept, bytes)
    if (refusal) return refusal
    const { id, key } = this.#begun(`file_${uuidv7().replaceAll('-', '')}`)
    this.#write(() => this.#kept.going.goes(key, Date.now() + GRACE_MS))
    return { ok: true, id, key }
  }

  /** The upload goes on in parts, which the bucket is to be rid of too. */
  inParts(key: string, upload: string): void {
    if (this.#kept.isThere) this.#kept.going.inParts(key, upload)
  }

  /** The file that an upload came to: the one that stands already, if it has the same bytes and the same name. */
  finish(id: string, uploaded: Uploaded): Promise<Answer<{ file: FileRow; isNew: boolean }>> {
    return this.#finish(id, uploaded, null)
  }

  /** The same at an address: the file has the id that `begin` gave to that. The same bytes again are the same file. */
  finishAt(
    reserved: string,
    id: string,
    uploaded: Uploaded,
  ): Promise<Answer<{ file: FileRow; isNew: boolean }>> {
    return this.#finish(id, uploaded, this.#begun(reserved))
  }

  async #finish(id: string, uploaded: Uploaded, reserved: Begun | null) {
    const moved = this.#moved()
    if (moved) return moved
    const finished = this.#write(() =>
      finish(this.env, this.#kept, { ...uploaded, ...this.#begun(id) }, reserved),
    )
    // A bucket that is slow to let go of bytes that were there already keeps nobody waiting.
    await isDoneWithin(PATIENCE_MS, this.#clear())
    return finished
  }

  /** An upload that came to nothing: what the bucket has of it goes. */
  abandon(key: string): void {
    if (this.#kept.isThere) this.#write(() => this.#kept.going.goes(key, Date.now()))
  }

  /** A file that stands with these bytes and this name: then they need not be uploaded again. */
  same(sha256: string, name: string | null): FileRow | null {
    return this.#kept.store.movedTo === null ? this.#kept.same(sha256, name) : null
  }

  /** A file for who may see it; null if there is no such file. The owner sees their own, and no longer what a login took along. */
  async open(id: string, by: 'owner' | 'address' = 'address'): Promise<FileRow | null> {
    const { movedTo } = this.#kept.store
    const file = this.#kept.file(id)
    if (file !== null || movedTo === null || by === 'owner') return file
    // An address that was made before the login leads here.
    return filesOf(this.env, ownerNamed(movedTo)).open(id)
  }

  /** What is known of files; of those that are not here, nothing. */
  async described(ids: string[]): Promise<FileRow[]> {
    const { movedTo } = this.#kept.store
    const here = ids.map((id) => this.#kept.file(id)).filter((file) => file !== null)
    if (movedTo === null || here.length === ids.length) return here
    const found = new Set(here.map(({ id }) => id))
    const moved = ids.filter((id) => !found.has(id))
    return [...here, ...(await filesOf(this.env, ownerNamed(movedTo)).described(moved))]
  }

  /** The newest files before one. */
  list(before: string | null, limit: number): FileRow[] {
    return this.#kept.before(before, limit)
  }

  /**
   * Says that messages of a conversation are about to name these files. From then on none of them goes before the
   * conversation was asked whether it names it. Returns those that are not here.
   */
  refer(conversationId: string, ids: string[]): Answer<{ missing: string[] }> {
    const refusal = this.#moved()
    if (refusal) return refusal
    const missing = ids.filter((id) => this.#kept.file(id) === null)
    if (missing.length > 0) return { ok: true, missing }
    const now = Date.now()
    this.#write(() => {
      for (const id of ids) this.#kept.refs.refer(id, conversationId, now)
    })
    return { ok: true, missing }
  }

  /** Removes a file that no message names. */
  async remove(id: string): Promise<Answer<object>> {
    if (this.#kept.file(id) === null) return refuse('no-such-file')
    const { refs } = this.#kept
    if (refs.isSure(id) || (await isNamed(this.env, this.#kept, id))) {
      const isFresh = !refs.isSure(id)
      return refuse('file-in-use', {
        detail: `Erase the conversation, or delete the message.${isFresh ? FRESH : ''}`,
      })
    }
    this.#write(() => this.#kept.removeFile(id, Date.now()))
    await this.#clear()
    return { ok: true }
  }

  /** A conversation is erased: whatever only it named goes. Returns whether the bucket has let go of that. */
  async letGo(conversationId: string, erasedAt: number): Promise<{ isGone: boolean }> {
    if (!this.#kept.isThere) return { isGone: true }
    const refs = this.#kept.refs
      .of(conversationId)
      .filter(({ since }) => since <= erasedAt + SKEW_MS)
    if (refs.length > 0) {
      this.#write(() => {
        for (const ref of refs) {
          if (this.#kept.refs.unrefer(ref)) {
            this.#kept.removeFile(ref.fileId, Date.now(), conversationId)
          }
        }
      })
    }
    const isGone = await this.#clearing.clearFor(conversationId)
    this.#arm()
    return { isGone }
  }

  /**
   * A message is about to be deleted: what it names is looked at soon, whatever becomes of that.
   *
   * @param ids the files that it names; an object of the version before says none, and means all of its conversation's
   */
  lookSoon(conversationId: string, ids?: string[]): void {
    if (!this.#kept.isThere) return
    const at = Date.now() + SOON_MS
    this.#write(() => {
      for (const ref of this.#kept.refs.of(conversationId, ids)) this.#kept.refs.look(ref, at)
    })
  }

  /** A message was deleted, or a part of it: what it alone named goes. What was named just now goes a little later. */
  async lookAgain(conversationId: string, ids?: string[]): Promise<void> {
    if (!this.#kept.isThere) return
    await lookAt(this.env, this.#kept, this.#kept.refs.of(conversationId, ids))
    await this.#clear()
  }

  /** Removes all files that no message names. Returns whether the bucket has let go of them. */
  async clearUnused(): Promise<{ isGone: boolean }> {
    if (!this.#kept.isThere) return { isGone: true }
    const now = Date.now()
    for (const id of this.#kept.unusedBy(now, Number.MAX_SAFE_INTEGER)) {
      this.#write(() => this.#kept.removeFile(id, now))
    }
    return { isGone: await this.#clear() }
  }

  /** Makes files a user's: all of them, or those of some conversations. Rejects if that has to be tried again. */
  async handOver(to: Owner, conversationIds: string[] | null): Promise<void> {
    if (!this.#kept.isThere) return
    await handOver(this.env, this.#kept, to, conversationIds)
    this.#arm()
  }

  /** Takes files over that were another's. The same again changes nothing. */
  async takeOver(moving: Moving): Promise<void> {
    this.#write(() => takeOver(this.#kept, moving, Date.now()))
    await this.#clear()
  }

  // Nothing may leave an alarm's handler: the platform gives up after a few tries.
  override async alarm(): Promise<void> {
    this.#armedFor = null
    let notBefore = 0
    try {
      await this.#tidy()
    } catch (error) {
      notBefore = this.#clearing.failed(error)
    }
    this.#arm(notBefore)
  }

  async #tidy(): Promise<void> {
    const { movedTo } = this.#kept.store
    if (movedTo !== null) await handOver(this.env, this.#kept, ownerNamed(movedTo), null)
    const now = Date.now()
    await lookAt(this.env, this.#kept, this.#kept.refs.toLookAt(now, LOOKS))
    for (const id of this.#kept.unusedBy(now - GRACE_MS, BATCH)) {
      this.#write(() => this.#kept.removeFile(id, now))
    }
    await this.#clear()
  }

  /** Has the bucket let go of what is to go by now; the alarm goes on with the rest. Returns whether it did. */
  async #clear(): Promise<boolean> {
    const isGone = await this.#clearing.clear()
    this.#arm()
    return isGone
  }

  #write<T>(work: () => T): T {
    this.#kept.make()
    const result = this.#kept.inOne(work)
    this.#arm()
    return result
  }

  /** Sets the alarm to what is to be done first, as long as anything is. */
  #arm(notBefore = 0): void {
    const next = this.#kept.isThere ? this.#kept.nextAt() : null
    const at = next === null ? notBefore : Math.max(next, notBefore)
    if (at === 0 || at === this.#armedFor) return
    void this.ctx.storage.setAlarm(Math.max(at, Date.now()))
    this.#armedFor = at
  }

  #begun(id: string): Begun {
    return { id, key: `${this.ctx.id.toString()}/${id}` }
  }

  #moved(): Refusal | null {
    return this.#kept.store.movedTo === null
      ? null
      : refuse('session-linked', { detail: ONCE_LINKED })
  }
}
