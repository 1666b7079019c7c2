import { DurableObject } from 'cloudflare:workers'

import { type Answer, refuse } from '../contract/problem.ts'
import type { Indexed } from '../contract/search.ts'
import { log, nameOf } from '../events.ts'
import { archiveAfterDays } from '../settings.ts'
import { within } from '../within.ts'
import { CatchUp } from './catch-up.ts'
import { activeSince, hitOf } from './hits.ts'
import { Kept } from './kept.ts'
import { type LookedFor, type Matching, type Place, matchesIn } from './matches.ts'
import { ownerOfIndex } from './owner.ts'

/** How long a search waits for what the index lacks. */
const PATIENCE_MS = 2_000
/** After how long the index goes on by itself with what a search did not wait for, or tidies up. */
const SOON_MS = 1_000
const TIDY_MS = 60_000
/** How long it goes on by itself in one go. */
const BUDGET_MS = 20_000

export type Found = Answer<{
  /** In JSON, for they only go on from here. */
  hits: string
  /** Where the next page begins; null if this is the last. */
  next: Place | null
  indexed: Indexed
}>

/**
 * The words of everything that one owner has; its name says whose. It is made by the first search, from the record's list
 * and the conversations' own logs, and can be thrown away.
 */
export class OwnerIndex extends DurableObject<Env> {
  readonly #kept: Kept
  readonly #catchUp: CatchUp

  constructor(ctx: DurableObjectState, env: Env) {
    super(ctx, env)
    this.#kept = new Kept(ctx.storage)
    this.#catchUp = new CatchUp(this.#kept, ownerOfIndex(ctx.id.name ?? ''), () => this.env)
    if (this.#kept.isOutdated) void this.#clear(() => this.#kept.make())
  }

  /** A conversation, which the record shows by now, has more than the index. While nobody searches that is no matter. */
  notice(id: string): void {
    if (this.#kept.isThere) this.#catchUp.notice(id)
  }

  /** Lets go of a conversation: once this returns, nothing of it is found. */
  async drop(id: string): Promise<void> {
    if (!this.#kept.isThere) return
    this.#catchUp.drop(id)
    await this.#clearIfEmpty()
    this.#tidySoon()
  }

  /** Lets go of some messages of a conversation, and of another title than it has: once this returns, they are not found. */
  hide(id: string, numbering: string, seqs: number[], title: string | null): void {
    if (!this.#kept.isThere) return
    this.#catchUp.hide(id, numbering, seqs, title)
    this.#tidySoon()
  }

  /** Lets go of everything. What is still the owner's is taken in anew with the next search. */
  async forget(): Promise<void> {
    if (this.#kept.isThere) await this.#clear()
  }

  /**
   * The finds of a page. It first takes in what it lacks, for as long as a search can wait. What it shows is what it has: so who
   * takes something away has it let go before they say that it is gone.
   */
  async find(wanted: Matching & LookedFor): Promise<Found> {
    if (!this.#kept.isThere) this.#kept.make()
    const trouble = await this.#takeIn(PATIENCE_MS)
    if (trouble === 'unlisted') {
      return refuse('try-again', { detail: 'The list of conversations cannot be read right now.' })
    }
    await this.#clearIfEmpty()
    if (!this.#kept.isThere) {
      return { ok: true, hits: '[]', next: null, indexed: { conversations: 0, of: 0 } }
    }
    if (trouble !== null) void this.ctx.storage.setAlarm(Date.now() + SOON_MS)
    const since = activeSince(Date.now(), archiveAfterDays(this.env))
    const all = { ...wanted, limit: wanted.limit + 1 }
    const matches = matchesIn(this.ctx.storage.sql, all, since)
    const page = matches.slice(0, wanted.limit)
    const hits = page.flatMap((match) => hitOf(match, wanted) ?? [])
    const last = matches.length > page.length ? page.at(-1) : undefined
    const next = last ? { score: last.score, at: last.at, rowid: last.rowid } : null
    return { ok: true, hits: `[${hits.join(',')}]`, next, indexed: this.#indexed() }
  }

  /** Makes the index anew. It goes on by itself. */
  async rebuild(): Promise<Answer<{ indexed: Indexed }>> {
    // In one go: a conversation that tells it something in between would be missed.
    await this.#clear(() => this.#kept.make())
    const trouble = await this.#takeIn(PATIENCE_MS)
    if (trouble === 'unlisted') {
      return refuse('try-again', { detail: 'The list of conversations cannot be read right now.' })
    }
    if (trouble !== null) void this.ctx.storage.setAlarm(Date.now() + SOON_MS)
    const indexed = this.#indexed()
    await this.#clearIfEmpty()
    return { ok: true, indexed }
  }

  // It goes on as long as that brings it further; after that, the next search does.
  override async alarm(): Promise<void> {
    try {
      if (!this.#kept.isThere) return
      const before = this.#catchUp.pending.size
      const trouble = await this.#takeIn(BUDGET_MS)
      const after = this.#catchUp.pending.size
      if (trouble !== null && after < before) {
        void this.ctx.storage.setAlarm(Date.now() + SOON_MS)
      } else if (this.#kept.isThere && this.#kept.isUntidy) this.#kept.tidy()
    } catch (error) {
      log({ event: 'index-failed', conversation_id: null, error: nameOf(error) })
      // What was let go of is to leave the storage, however long nothing more is let go of.
      void this.ctx.storage.setAlarm(Date.now() + TIDY_MS)
    }
  }

  /** Takes in what it lacks. Null once that is all; `unlisted` if it is not even known what there is. */
  async #takeIn(ms: number): Promise<'unlisted' | 'late' | null> {
    if (this.#kept.listing.isListed && this.#catchUp.pending.size === 0) return null
    const running = this.#catchUp.run(ms)
    try {
      await within(ms, running)
    } catch {
      // If it only takes longer it goes on, and nobody hears of what becomes of it.
      running.catch(() => {})
      if (this.#kept.isThere && !this.#kept.listing.isListed) return 'unlisted'
    }
    return this.#catchUp.pending.size === 0 ? null : 'late'
  }

  #tidySoon(): void {
    if (this.#kept.isThere && this.#kept.isUntidy) {
      void this.ctx.storage.setAlarm(Date.now() + TIDY_MS)
    }
  }

  #indexed(): Indexed {
    const of = this.#kept.count()
    return { conversations: of - this.#catchUp.pending.size, of }
  }

  /** Keeps nothing for an owner who has nothing: an index that is not there is made anew when it is asked for. */
  async #clearIfEmpty(): Promise<void> {
    if (!this.#kept.isThere || !this.#kept.listing.isListed || this.#kept.count() > 0) return
    await this.#clear()
  }

  #clear(then: () => void = () => {}): Promise<void> {
    this.#catchUp.reset()
    return this.ctx.blockConcurrencyWhile(async () => {
      await this.#kept.clear()
      then()
    })
  }
}
