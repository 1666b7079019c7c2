import { onTestFinished, vi } from 'vitest'

type Wait = typeof scheduler.wait

/** Replaces the waiting of the Worker and its objects until the test ends. */
function replaceWait(change: (real: Wait) => Wait): void {
  const changed = change(scheduler.wait.bind(scheduler))
  const spy = vi.spyOn(scheduler, 'wait').mockImplementation(changed)
  onTestFinished(() => spy.mockRestore())
}

/** Makes all that waits wait so many times shorter. */
export const hurry = (times: number): void =>
  replaceWait((wait) => (ms, options) => wait(ms / times, options))

/** Makes waits of just `ms` short, for what takes long to happen. */
export const shorten = (ms: number): void =>
  replaceWait((wait) => (asked, options) => wait(asked === ms ? 20 : asked, options))
