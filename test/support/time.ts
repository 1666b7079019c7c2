import { onTestFinished, vi } from 'vitest'

/** Makes waits of just `ms` short until the test ends, for what takes long to happen. */
export function shorten(ms: number): void {
  const wait = scheduler.wait.bind(scheduler)
  const spy = vi
    .spyOn(scheduler, 'wait')
    .mockImplementation((asked, options) => wait(asked === ms ? 20 : asked, options))
  onTestFinished(() => spy.mockRestore())
}
