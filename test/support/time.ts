import { onTestFinished, vi } from 'vitest'

/** Replaces the waiting of the Worker and its objects until the test ends, or what this gives back is called. */
function replaceWaits(change: (ms: number) => number): () => void {
  const wait = scheduler.wait.bind(scheduler)
  const timer = globalThis.setTimeout.bind(globalThis) as (...given: unknown[]) => unknown
  const spies = [
    vi.spyOn(scheduler, 'wait').mockImplementation((ms, options) => wait(change(ms), options)),
    vi
      .spyOn(globalThis, 'setTimeout')
      .mockImplementation(((work: unknown, ms = 0, ...given: unknown[]) =>
        timer(work, change(ms), ...given)) as typeof setTimeout),
  ]
  const restore = () => {
    for (const spy of spies) spy.mockRestore()
  }
  onTestFinished(restore)
  return restore
}

/** Makes all that waits wait so many times shorter. */
export const hurry = (times: number): void => void replaceWaits((ms) => ms / times)

/** Makes waits of just `ms` short, for what takes long to happen. Call what it gives back before what is to have its time. */
export const shorten = (ms: number): (() => void) =>
  replaceWaits((asked) => (asked === ms ? 100 : asked))
