/** Runs tasks one after the other, in the order in which they came. */
export class InTurn {
  #last: Promise<unknown> = Promise.resolve()

  run<T>(task: () => Promise<T>): Promise<T> {
    const mine = this.#last.then(task)
    this.#last = mine.catch(() => {})
    return mine
  }
}
