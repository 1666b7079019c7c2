/** Runs a task one at a time. A call while it runs has it run once more: what the caller changed may have come too late. */
export class OneAtATime {
  readonly #task: () => Promise<void>
  #running: Promise<void> | null = null
  #again = false

  constructor(task: () => Promise<void>) {
    this.#task = task
  }

  /** Resolves when the task has run since, and runs no more. Rejects if it does; then the next call begins anew. */
  run(): Promise<void> {
    this.#again = true
    this.#running ??= this.#loop()
    return this.#running
  }

  async #loop(): Promise<void> {
    try {
      while (this.#again) {
        this.#again = false
        await this.#task()
      }
    } finally {
      this.#running = null
    }
  }
}
