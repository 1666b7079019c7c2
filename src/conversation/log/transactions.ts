import { log as logEvent, nameOf } from '../../events.ts'

interface Open {
  last: (() => void)[]
  kept: (() => void)[]
  undone: (() => void)[]
}

/**
 * Changes of the object's storage that belong together: messages, fields, duties and the alarm are kept all at once, or
 * none is. The alarm is part of it: the platform sets it back with the rest (tried on workerd 1.20261117.1).
 */
export class Transactions {
  readonly #storage: DurableObjectStorage
  readonly #id: string
  #open: Open | null = null

  constructor(storage: DurableObjectStorage, id: string) {
    this.#storage = storage
    this.#id = id
  }

  /** Does `work` as one. Within another one it is a part of that. Throws what `work` throws, with nothing kept. */
  run<T>(work: () => T): T {
    if (this.#open) return work()
    const open: Open = { last: [], kept: [], undone: [] }
    this.#open = open
    let result: T
    try {
      result = this.#storage.transactionSync(() => {
        const done = work()
        for (const finish of open.last) finish()
        return done
      })
    } catch (error) {
      this.#open = null
      for (const undo of open.undone.toReversed()) undo()
      throw error
    }
    this.#open = null
    for (const tell of open.kept) this.#tell(tell)
    return result
  }

  /** Calls back as the last part of the open transaction. */
  beforeCommit(finish: () => void): void {
    this.#open?.last.push(finish)
  }

  /** Calls back once all is kept; at once if no transaction is open. Nobody is told of what may yet be undone. */
  afterCommit(tell: () => void): void {
    if (this.#open) this.#open.kept.push(tell)
    else tell()
  }

  /** Calls back if nothing was kept, so that memory does not say otherwise than storage. */
  afterRollback(undo: () => void): void {
    this.#open?.undone.push(undo)
  }

  // What is kept is kept, whatever becomes of who is told.
  #tell(tell: () => void): void {
    try {
      tell()
    } catch (error) {
      const facts = { conversation_id: this.#id, error: nameOf(error) }
      logEvent({ event: 'duty-failed', duty: 'tell', ...facts })
    }
  }
}
