/** Thrown if something took longer than it was given. */
export class TimedOut extends Error {
  override readonly name = 'TimedOut'
  override readonly message = 'timeout'
}

/**
 * What `work` comes to, or `TimedOut` after `ms`. The timer goes with it: a pending one keeps the object awake. Not
 * `scheduler.wait`, which takes ten times as long to call off, and each piece of a reply comes through here.
 */
export async function within<T>(ms: number, work: Promise<T>): Promise<T> {
  const alarm = Promise.withResolvers<never>()
  const timer = setTimeout(() => alarm.reject(new TimedOut()), ms)
  try {
    return await Promise.race([work, alarm.promise])
  } finally {
    clearTimeout(timer)
  }
}

/** Whether `work` was done in time. What takes longer goes on, and nobody hears of what becomes of it. */
export const isDoneWithin = (ms: number, work: Promise<unknown>): Promise<boolean> =>
  within(ms, work).then(
    () => true,
    () => false,
  )
