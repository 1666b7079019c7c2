import { log as logEvent, nameOf } from '../../events.ts'
import { filesOf } from '../../objects.ts'
import { type Database, openDatabase } from '../../storage/database.ts'
import { forgetErasure, noteErasure } from '../../storage/erasures.ts'
import { removeConversation, removeMessages } from '../../storage/removal.ts'
import { troubleOf } from '../../storage/trouble.ts'
import { isDoneWithin, within } from '../../within.ts'
import { inBackground } from '../duties/background.ts'
import type { Core } from '../duties/core.ts'
import { backoff, longBackoff } from '../duties/duties.ts'
import { OneAtATime } from '../duties/one-at-a-time.ts'

/** How long a request waits for the record to be rid of what it erases. */
const PATIENCE_MS = 2_000
/** How long D1 may take for one chunk. */
const DEADLINE_MS = 60_000
/** How long after the work on it is due the alarm steps in, if the object did not live to do it. */
const BACKSTOP_MS = 2_000
/** After how long no write that began before the fence can arrive at D1 any more. */
const LAST_WRITE_MS = 65_000
/** Messages removed from D1 in one statement: it answers other queries only in between. */
const CHUNK = 1_000
/** Of these one go removes at most: no conversation is as long, and D1 that never says that it has none left is not to be asked for ever. */
const CHUNKS = 10_000

class Endless extends Error {
  override readonly name = 'Endless'
}

class FilesStay extends Error {
  override readonly name = 'FilesStay'
}

/** What ends with the conversation. */
interface Dropped {
  flush: { now: () => Promise<void> }
  replies: { drop: () => void }
  live: { erased: () => void }
  indexFeed: { letGo: () => Promise<void> }
}

/**
 * Erases the conversation for good. The fence stands first; from then on it is not there for anybody. Then the
 * record is cleared, once at once and once when the last write on its way there must have arrived; the
 * object's own storage, which remembers that all this is owed, goes last.
 */
export class Erasure {
  readonly #core: Core
  readonly #parts: Dropped
  readonly #clearing = new OneAtATime(() => this.#clear())
  readonly #lettingGo = new OneAtATime(() => this.#parts.indexFeed.letGo())
  #isCleared = false

  constructor(core: Core, parts: Dropped) {
    this.#core = core
    this.#parts = parts
  }

  /** Fence, receipt and duty in one transaction; nothing else is owed any more. */
  begin(now: number): void {
    this.#core.transactions.run(() => {
      this.#core.log.fence(now)
      this.#core.duties.dropAll()
      this.#core.duties.take('erase', now + BACKSTOP_MS, now)
      this.#core.transactions.afterCommit(() => this.#parts.replies.drop())
      this.#core.transactions.afterCommit(() => this.#parts.live.erased())
    })
  }

  /** Whether the record is rid of it; waits a while for that, and the alarm goes on with what is left. */
  async shown(): Promise<boolean> {
    const clearing = this.#clearing.run()
    inBackground(this.#core.ctx, 'erase', clearing)
    await isDoneWithin(PATIENCE_MS, clearing)
    return this.#isCleared
  }

  /** Resolves once no search finds it, whatever D1 does. */
  letGo(): Promise<void> {
    return this.#lettingGo.run()
  }

  /** The alarm's turn. Whether the object's own storage may go too. */
  async run(): Promise<boolean> {
    const since = this.#core.log.fencedSince()
    const isLast = since !== null && Date.now() >= since + LAST_WRITE_MS
    await this.#clearing.run()
    return isLast && this.#isCleared
  }

  /** The object's own storage is empty, so nobody has to look after it. If D1 fails, the cron job finds that out. */
  async forget(wipedAt: number): Promise<void> {
    const db = openDatabase(this.#core.settings().DB)
    const forgetting = forgetErasure(db, this.#core.id, wipedAt)
    await isDoneWithin(PATIENCE_MS, forgetting)
  }

  async #clear(): Promise<void> {
    const since = this.#core.log.fencedSince()
    if (since === null) return
    this.#isCleared = false
    const id = this.#core.id
    // First, for an index shows what it has; D1 may fail for long. What becomes of it is asked below.
    const lettingGo = this.letGo()
    lettingGo.catch(() => {})
    try {
      // What a flush is just writing is to arrive before it is removed.
      await this.#parts.flush.now()
      const db = openDatabase(this.#core.settings().DB)
      // First of all, so that the cron job finds what an object that lost its alarm has left.
      await within(DEADLINE_MS, noteErasure(db, id, since))
      for (let chunks = 1; (await this.#chunk(db, id)) === CHUNK; chunks += 1) {
        if (chunks === CHUNKS) throw new Endless()
      }
      await within(DEADLINE_MS, removeConversation(db, id))
      await lettingGo
      await within(DEADLINE_MS, this.#letFilesGo(since))
      this.#isCleared = true
      this.#core.duties.postpone('erase', since + LAST_WRITE_MS, 0, Date.now())
    } catch (error) {
      this.#failed(id, error)
    }
  }

  /**
   * Has whoever counts the owner's files let go of those that nothing else names, also those of messages that were deleted.
   * Rejects until the bucket has, too.
   */
  async #letFilesGo(since: number): Promise<void> {
    const { id, log, settings } = this.#core
    if (!log.mayHaveNamedFiles()) return
    // Those of a session move at login, a little before the conversation itself.
    for (const owner of log.owners()) {
      const { isGone } = await filesOf(settings(), owner).letGo(id, since)
      if (!isGone) throw new FilesStay()
    }
  }

  #chunk(db: Database, id: string): Promise<number> {
    return within(DEADLINE_MS, removeMessages(db, id, CHUNK))
  }

  #failed(id: string, error: unknown): void {
    const now = Date.now()
    const trouble = troubleOf(error)
    const attempts = this.#core.duties.attempts('erase') + 1
    const isLong = trouble === 'overloaded' || trouble === 'full'
    const wait = isLong ? longBackoff() : backoff(attempts)
    this.#core.duties.postpone('erase', now + wait, attempts, now)
    logEvent({
      event: 'erase-failed',
      conversation_id: id,
      attempts,
      error: `${trouble}: ${nameOf(error)}`,
    })
  }
}
