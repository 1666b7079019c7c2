/** Does things in the order in which they were asked for: at once, unless one before them still waits. */
export class InOrder {
  #last: Promise<void> | null = null

  do(work: () => void): void {
    if (this.#last === null) work()
    else this.after(Promise.resolve(), work)
  }

  /** @param first what it waits for, which never fails */
  after<T>(first: Promise<T>, work: (value: T) => void): void {
    const before = this.#last
    const turn = first.then(async (value) => {
      await before
      if (this.#last === turn) this.#last = null
      work(value)
    })
    this.#last = turn
  }
}
