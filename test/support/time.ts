import { onTestFinished, vi } from 'vitest'

/** Makes all that waits, in the Worker and its objects, wait so many times shorter until the test ends. */
export function hurry(times: number): void {
  const wait = scheduler.wait.bind(scheduler)
  const spy = vi
    .spyOn(scheduler, 'wait')
    .mockImplementation((ms, options) => wait(ms / times, options))
  onTestFinished(() => spy.mockRestore())
}
