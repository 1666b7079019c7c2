/** Thrown where something took longer than it was given. */
export class TimedOut extends Error {
  override readonly name = 'TimedOut'
  override readonly message = 'timeout'
}

/** What `work` comes to, or `TimedOut` after `ms`. The timer goes with it: a pending one keeps the object awake. */
export async function within<T>(ms: number, work: Promise<T>): Promise<T> {
  const settled = new AbortController()
  const alarm = scheduler.wait(ms, { signal: settled.signal }).then((): T => {
    throw new TimedOut()
  })
  try {
    return await Promise.race([work, alarm])
  } finally {
    settled.abort()
  }
}
