const CALLERS = 16
/** Of a call that says that it is to be made again. */
const MOST_CALLS = 20

/** Makes a call until it has done all, and says how many it took. */
export async function again(once: () => Promise<unknown>): Promise<number> {
  for (let calls = 1; ; calls += 1) {
    try {
      await once()
      return calls
    } catch (error) {
      if (calls === MOST_CALLS || !String(error).includes('Call again')) throw error
    }
  }
}

/** So many of something, some at once. */
export async function abreast(count: number, once: (n: number) => Promise<void>): Promise<void> {
  let next = 0
  const work = async () => {
    for (let n = next; n < count; n = next) {
      next += 1
      await once(n)
    }
  }
  await Promise.all(Array.from({ length: CALLERS }, work))
}
