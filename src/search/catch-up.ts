import type { Owner } from '../contract/caller.ts'
import { OBJECTS_ABREAST } from '../contract/limits.ts'
import { log, nameOf } from '../events.ts'
import { objectOf } from '../objects.ts'
import { idsOf } from '../storage/conversations.ts'
import { openDatabase } from '../storage/database.ts'
import { within } from '../within.ts'
import type { Kept } from './kept.ts'

/** Ids read from D1 at once. */
const LIST_PAGE = 1_000
/** How long a conversation that could not be asked is left alone. */
const REST_MS = 10_000
/** How long one may take to answer, or D1. */
const DEADLINE_MS = 10_000

/**
 * Has the index ask the objects of all conversations that have more than it. What it writes is what an object says of now,
 * so nothing that is late brings anything back: a notice that arrives after an erasure finds that nothing is there, and an
 * answer that was on its way is thrown away with its `asking`.
 */
export class CatchUp {
  readonly #kept: Kept
  readonly #env: () => Env
  readonly #owner: Owner
  /** Null until it is read from storage. */
  #pending: Set<string> | null = null
  readonly #asking = new Map<string, object>()
  readonly #resting = new Map<string, number>()
  /** Until when it begins to ask for more, in ms since the epoch. */
  #until = 0
  #listing: { done?: Promise<void> } | null = null
  readonly #running = new Set<Promise<void>>()

  constructor(kept: Kept, owner: Owner, env: () => Env) {
    this.#kept = kept
    this.#owner = owner
    this.#env = env
  }

  /** The conversations that have more than the index. */
  get pending(): Set<string> {
    this.#pending ??= new Set(this.#kept.isThere ? this.#kept.pending() : [])
    return this.#pending
  }

  notice(id: string): void {
    this.#kept.notice(id)
    this.pending.add(id)
    this.#resting.delete(id)
  }

  /** Lets go of a conversation, also of what is just being asked about it. */
  drop(id: string): void {
    this.#asking.delete(id)
    this.#kept.drop(id)
    this.pending.delete(id)
  }

  /** Lets go of some messages of it, also of what is just being asked: that may still have them, so it is asked once more. */
  hide(id: string, numbering: string, seqs: number[], title: string | null): void {
    this.#asking.delete(id)
    if (this.#kept.hide(id, numbering, seqs, title)) this.pending.add(id)
  }

  /** Forgets what was read from storage, and what is under way. */
  reset(): void {
    this.#listing = null
    this.#asking.clear()
    this.#resting.clear()
    this.#pending = null
  }

  /**
   * Resolves once all is here that could be asked for in so many ms. Rejects if the list of all conversations can not be
   * read. It looks at the clock by itself: while answers keep coming, a timer may not go off.
   */
  async run(ms: number): Promise<void> {
    this.#until = Math.max(this.#until, Date.now() + ms)
    while (this.#kept.isThere && !this.#kept.listing.isListed) await this.#listed()
    // Also if some run that wait for one that does not answer.
    while (this.#running.size < OBJECTS_ABREAST && this.#next() !== undefined) {
      const some = this.#some().finally(() => this.#running.delete(some))
      this.#running.add(some)
    }
    await Promise.all(this.#running)
  }

  async #listed(): Promise<void> {
    const listing = (this.#listing ??= {})
    listing.done ??= this.#list(listing).finally(() => {
      if (this.#listing === listing) this.#listing = null
    })
    await listing.done
  }

  async #list(listing: object): Promise<void> {
    const db = openDatabase(this.#env().DB)
    for (;;) {
      const { isListed, after } = this.#kept.listing
      if (isListed) return
      const page = idsOf(db, this.#owner, 'all', after, LIST_PAGE)
      const ids = (await within(DEADLINE_MS, page)).map(({ id }) => id)
      // The index began anew meanwhile, and reads the list from its beginning.
      if (this.#listing !== listing) return
      this.#kept.list(ids, ids.length < LIST_PAGE)
      for (const id of ids) this.pending.add(id)
    }
  }

  async #some(): Promise<void> {
    for (let id = this.#next(); id !== undefined; id = this.#next()) await this.#ask(id)
  }

  #next(): string | undefined {
    const now = Date.now()
    if (now > this.#until) return undefined
    for (const id of this.pending) {
      if (!this.#asking.has(id) && (this.#resting.get(id) ?? 0) <= now) return id
    }
    return undefined
  }

  async #ask(id: string): Promise<void> {
    const asking = {}
    this.#asking.set(id, asking)
    try {
      while (await this.#page(id, asking)) {
        // The next page.
      }
    } catch (error) {
      this.#resting.set(id, Date.now() + REST_MS)
      log({ event: 'index-failed', conversation_id: id, error: nameOf(error) })
    } finally {
      if (this.#asking.get(id) === asking) {
        this.#asking.delete(id)
        if ((this.#kept.standing(id)?.notices ?? 0) === 0) this.pending.delete(id)
      }
    }
  }

  /** Takes one page in. Whether there is another one. */
  async #page(id: string, asking: object): Promise<boolean> {
    const standing = this.#kept.standing(id)
    if (standing === null) return false
    const { numbering, seq, version } = standing
    const asked = async () =>
      objectOf(this.#env(), id).pageForIndex(this.#owner, { numbering, seq, version })
    const answer = await within(DEADLINE_MS, asked())
    if (this.#asking.get(id) !== asking) return false
    if (!answer.ok) throw new Unasked()
    if (answer.page !== null) {
      this.#kept.take(standing, answer.page)
      return answer.page.hasMore
    }
    // Not there, or not this owner's. Unless that has changed since it was asked.
    if (this.#kept.standing(id)?.notices !== standing.notices) return true
    this.drop(id)
    return false
  }
}

class Unasked extends Error {
  override readonly name = 'Unasked'
}
