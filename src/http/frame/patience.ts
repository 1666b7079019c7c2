/** How long a request waits for D1 if it can do without. */
const PATIENCE_MS = 2_000

/** What `work` comes to; `otherwise` if it fails, or takes longer than a request should wait. */
export const patiently = <T, O>(work: Promise<T>, otherwise: O): Promise<T | O> =>
  Promise.race([work.catch(() => otherwise), scheduler.wait(PATIENCE_MS).then(() => otherwise)])
