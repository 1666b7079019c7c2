import type { Caller } from '../../contract/caller.ts'
import { type Answer, type Refusal, busy, refuse } from '../../contract/problem.ts'
import {
  type RunEnd,
  type ThreadWrite,
  type ThreadWriting,
  threadExtraOf,
} from '../../contract/thread.ts'
import { takenAt } from '../append/admission.ts'
import type { Appender } from '../append/keep.ts'
import { admitSize } from '../append/quota.ts'
import type { Head } from '../log/rows.ts'
import { type Said, goesOn, over, rewritten } from './going-on.ts'
import { Keeping } from './keeping.ts'
import type { Writing } from './writing.ts'

/** How long a client that writes may be silent before what it wrote becomes a message. */
export const SILENCE_MS = 120_000
/** How often it is tried again while a reply runs. */
const BUSY_MS = 10_000
/** How many messages of a conversation may be in writing at once. */
const AT_ONCE = 4

export interface Rewrite {
  id: string
  writing: ThreadWriting
  /** Which run its client takes this for; null if it names none. */
  lease: string | null
}

type Written = Answer<{ id: string; isOpen: boolean }>

/** What clients write: beside the log while they go on with it, and one message of the log in the end. */
export class Checkpoints {
  readonly #parts: Appender
  readonly keeping: Keeping
  readonly writing: Writing

  constructor(parts: Appender) {
    this.#parts = parts
    this.keeping = new Keeping(parts)
    this.writing = this.keeping.writing
  }

  /** Keeps a message that a client sends, and goes on writing or not. The same again is there once. */
  write(head: Head, caller: Caller, { writing, parentId, isRunning }: ThreadWrite): Written {
    const { id } = writing[0]
    const written = { ok: true, id, isOpen: isRunning } as const
    const open = this.writing.byId(id)
    if (open) {
      const isBehind = isRetry(writing, saidBy(open.writing))
      if (!isBehind && !goesOn(saidBy(open.writing), saidBy(writing))) return otherwise()
      const refusal = this.keeping.admit(head)
      if (refusal) return refusal
      const newest = isBehind ? open.writing : goneOn(open.writing, writing)
      if (isRunning) this.writing.rewrite(id, newest, Date.now())
      else this.keeping.settle({ ...open, writing: newest }, 'done', caller)
      return written
    }
    const row = this.#parts.log.messageById(id)
    if (row) {
      const isOpen = isRunning && threadExtraOf(row)?.run === 'running'
      if (isRetry(writing, this.keeping.saidBy(row))) return { ...written, isOpen }
      const refusal = this.keeping.complete(head, caller, row, writing)
      return refusal?.why === 'message-kept' ? otherwise() : (refusal ?? { ...written, isOpen })
    }
    const place = this.#place(parentId)
    if (typeof place === 'object') return place
    const refusal = this.keeping.admit(head)
    if (refusal) return refusal
    if (isRunning) this.#begin(writing, place)
    else this.keeping.append(writing, place, caller)
    return written
  }

  /** Has a message say what its client says of it now. */
  rewrite(head: Head, caller: Caller, { id, writing, lease }: Rewrite): Written {
    if (lease !== null && lease !== id) return refuse('lease-mismatch')
    const open = this.writing.byId(id)
    if (open) {
      if (open.writing[0].role !== writing[0].role) return refuse('message-kept')
      const refusal = admitSize(this.#parts, head)
      if (refusal) return refusal
      this.writing.rewrite(id, goneOn(open.writing, writing), Date.now())
      return { ok: true, id, isOpen: true }
    }
    const row = this.#parts.log.messageById(id)
    if (row === null || row.role === 'tool') return refuse('no-such-message')
    const run = threadExtraOf(row)?.run
    if (lease !== null && run !== 'running') return refuse('run-ended')
    const refusal = this.keeping.complete(head, caller, row, writing)
    return refusal ?? { ok: true, id, isOpen: run === 'running' }
  }

  /** A client says that it goes on writing. One that was silent for long may: its message says so until its run ends. */
  heard(lease: string): Written {
    if (this.writing.byId(lease)) this.writing.heard(lease, Date.now())
    else {
      const row = this.#parts.log.messageById(lease)
      const run = row && threadExtraOf(row)?.run
      if (!run) return refuse('no-such-message')
      if (run === 'ended') return refuse('run-ended')
    }
    return { ok: true, id: lease, isOpen: true }
  }

  /** What was written becomes a message. The first end counts. */
  end(caller: Caller, lease: string, reason: RunEnd): Written {
    const open = this.writing.byId(lease)
    if (open) {
      const refusal = this.keeping.busy()
      if (refusal) return refusal
      this.keeping.settle(open, reason, caller)
      return { ok: true, id: lease, isOpen: false }
    }
    const row = this.#parts.log.messageById(lease)
    const thread = row && threadExtraOf(row)
    if (!row || !thread?.run) return refuse('no-such-message')
    // A silence had it interrupted, whatever its content says.
    const status = thread.status ?? 'complete'
    if (thread.run === 'running') this.keeping.change(row, over({ ...row, status }, reason))
    return { ok: true, id: lease, isOpen: false }
  }

  /** The alarm's turn: what nobody goes on writing becomes messages. */
  run(now: number): void {
    const { duties } = this.#parts
    if (this.keeping.busy()) return duties.postpone('writing', now + BUSY_MS, 0, now)
    for (const row of this.writing.all().toReversed()) {
      if (row.heardAt <= now - SILENCE_MS) this.keeping.settle(row, 'silent', null)
    }
    const left = this.writing.all().map(({ heardAt }) => heardAt)
    if (left.length === 0) duties.done('writing')
    else duties.postpone('writing', Math.min(...left) + SILENCE_MS, 0, now)
  }

  /** To be called when the object wakes: a duty that was lost is taken up too. */
  takeUp(): void {
    if (!this.#parts.log.head() || this.writing.isEmpty) return
    const now = Date.now()
    this.#parts.duties.take('writing', now + SILENCE_MS, now)
  }

  #begin(writing: ThreadWriting, parentSeq: number): void {
    const now = Date.now()
    this.#parts.transactions.run(() => {
      for (const row of this.writing.all().slice(AT_ONCE - 1)) {
        this.keeping.settle(row, 'silent', null)
      }
      this.writing.begin(writing[0].id, parentSeq, writing, now)
      this.#parts.duties.take('writing', now + SILENCE_MS, now)
    })
  }

  /** The number of the message that a new one follows; 0 if it begins the conversation. */
  #place(parentId: string | null): number | Refusal {
    if (parentId === null) return 0
    const open = this.writing.byId(parentId)
    const refusal = open && this.keeping.busy()
    if (refusal) return refusal
    // Who answers it takes it for a message. Its client may go on with it.
    if (open) this.keeping.settle(open, 'silent', null)
    const parent = this.#parts.log.messageById(parentId)
    if (parent) return parent.seq
    if (parentId === this.#parts.current.running?.id) return busy(parentId)
    const errors = [{ pointer: '/parent_id', detail: 'No message of this thread has this id' }]
    return refuse('invalid-request', { detail: 'Nothing of this request was stored.', errors })
  }
}

const otherwise = (): Refusal => takenAt('/external_id', 'Another message has this id')

const saidBy = ([message, ...results]: ThreadWriting): Said => ({ message, results })

/** What a client sends again, or has sent on since. */
const isRetry = (writing: ThreadWriting, standing: Said): boolean =>
  goesOn(saidBy(writing), standing) &&
  (standing.message.role === 'assistant' || goesOn(standing, saidBy(writing)))

const goneOn = ([standing]: ThreadWriting, [now, ...results]: ThreadWriting): ThreadWriting => [
  rewritten(standing, now),
  ...results,
]
