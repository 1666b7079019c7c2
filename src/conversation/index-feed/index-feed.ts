import type { Owner } from '../../contract/caller.ts'
import { log as logEvent, nameOf } from '../../events.ts'
import { indexOf, unlessOlder } from '../../objects.ts'
import { indexNameOf } from '../../search/owner.ts'
import { isSearchable } from '../../settings.ts'
import { ownerOf } from '../../storage/usage.ts'
import { isDoneWithin, within } from '../../within.ts'
import { inBackground } from '../duties/background.ts'
import type { Core } from '../duties/core.ts'
import { backoff } from '../duties/duties.ts'
import { OneAtATime } from '../duties/one-at-a-time.ts'
import type { Head } from '../log/rows.ts'
import { type KnownIndex, KnownIndexes } from './known-indexes.ts'

/** How long a request waits for the indexes to hear of what it changed. */
const PATIENCE_MS = 2_000
/** How long an index may take to answer. */
const DEADLINE_MS = 10_000

/**
 * Sees to it that the index of whoever owns the conversation knows when there is more to find, and that every other one
 * lets go. An index hears only that there is more, once until it has asked for it (`index-page.ts`): so a conversation
 * costs one call however many messages it has, and nothing that is late can bring anything back. It hears that after a
 * flush: what an index was told of, the record lists, so an index that is lost can be made anew from there.
 */
export class IndexFeed {
  readonly #core: Core
  readonly #known: KnownIndexes
  readonly #telling = new OneAtATime(() => this.#tell())
  /** How often an index has asked, or something else made what it was told just now not good enough. */
  #asked = 0

  constructor(core: Core) {
    this.#core = core
    this.#known = new KnownIndexes(core.tables)
  }

  /**
   * There will be more to find. To be called in the transaction that keeps it: a table that was only made when the index
   * is told would have all statements prepared anew.
   */
  expect(): void {
    const { settings, tables } = this.#core
    if (isSearchable(settings())) tables.made('indexes')
  }

  /** Takes up what is owed to indexes, if the record has all of the log. To be called when it has, and on waking. */
  owe(): void {
    const { log, duties, ctx } = this.#core
    const head = log.head()
    if (head === null || !this.#isOwed(head)) return
    // If an index fails, the alarm alone tries again.
    if (duties.found('index', Date.now()) > 0) return
    inBackground(ctx, 'index', this.#telling.run())
  }

  /** The alarm's turn. */
  run(): Promise<void> {
    return this.#telling.run()
  }

  /** Tells for a request, which waits a while but never fails for it. */
  async shown(): Promise<void> {
    const head = this.#core.log.head()
    if (head === null || !this.#isOwed(head)) return
    const telling = this.#telling.run()
    inBackground(this.#core.ctx, 'index', telling)
    await isDoneWithin(PATIENCE_MS, telling)
  }

  /** An index asks. Returns what the numbers of messages are good for. */
  asked(owner: Owner, version: number): string {
    this.#asked += 1
    return this.#known.asked(owner, version)
  }

  /** To be called in the transaction that gives messages other numbers. */
  renumber(): void {
    this.#asked += 1
    this.#known.renumber()
  }

  /** To be called if the record has lost what it had confirmed. */
  tellAgain(): void {
    this.#asked += 1
    this.#known.tellAgain()
  }

  /** Has every index let go of a conversation that is being erased. Rejects if one does not answer. */
  async letGo(): Promise<void> {
    for (const { owner } of this.#known.all()) await this.#drop(owner)
  }

  /** Has every index let go of some messages, and of a title that is no longer so. Rejects if one does not answer. */
  async hide(seqs: number[]): Promise<void> {
    const { id, settings, log } = this.#core
    const title = log.head()?.title ?? null
    for (const { owner, numbering } of this.#known.all()) {
      const hidden = indexOf(settings(), owner).hide(id, numbering, seqs, title)
      await within(DEADLINE_MS, unlessOlder(hidden))
    }
  }

  #isOwed(head: Head): boolean {
    const all = this.#known.all()
    return all.some((index) => !isOf(index, head)) || this.#hasMore(head, all)
  }

  #hasMore(head: Head, all: KnownIndex[]): boolean {
    const index = all.find((one) => isOf(one, head))
    if (!isSearchable(this.#core.settings())) return false
    if (index === undefined) return hasWords(head)
    return !index.isTold && head.version !== index.seenVersion
  }

  async #tell(): Promise<void> {
    try {
      await this.#tellAll()
    } catch (error) {
      const { id, log, duties } = this.#core
      if (log.head() === null) return
      const now = Date.now()
      const attempts = duties.attempts('index') + 1
      duties.postpone('index', now + backoff(attempts), attempts, now)
      logEvent({ event: 'duty-failed', conversation_id: id, duty: 'index', error: nameOf(error) })
    }
  }

  async #tellAll(): Promise<void> {
    const { id, log, duties, settings } = this.#core
    for (;;) {
      const head = log.head()
      if (head === null) return
      const all = this.#known.all()
      const other = all.find((index) => !isOf(index, head))
      if (other) {
        await this.#drop(other.owner)
        continue
      }
      // What is not yet in the record is told of once it is.
      const isFlushed = head.flushedSeq >= head.lastSeq && head.flushedVersion >= head.version
      if (!isFlushed || !this.#hasMore(head, all)) return duties.done('index')
      const owner = ownerOf(head)
      this.#known.remember(owner)
      const asked = this.#asked
      await within(DEADLINE_MS, indexOf(settings(), owner).notice(id))
      if (log.head() === null) return
      // Has it asked meanwhile, it may have done so before it was told: then it does not know of what came after that.
      if (asked === this.#asked) this.#known.told(owner)
    }
  }

  async #drop(owner: Owner): Promise<void> {
    const { id, settings, log } = this.#core
    await within(DEADLINE_MS, indexOf(settings(), owner).drop(id))
    // Erased to the end meanwhile, nothing is left to forget.
    if (log.exists) this.#known.forget(owner)
  }
}

const isOf = ({ owner }: KnownIndex, head: Head): boolean =>
  indexNameOf(owner) === indexNameOf(ownerOf(head))

/** Whether there is anything to find. Many are begun and never written in: nobody is woken for those. */
const hasWords = ({ lastSeq, title, topic }: Head): boolean =>
  lastSeq > 0 || title !== null || topic !== null
