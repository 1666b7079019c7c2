/** What Hilo said no with; `status` 0 if no answer came. */
export class HiloError extends Error {
  override readonly name = 'HiloError'
  readonly status: number
  /** The problem, as RFC 9457 has it. */
  readonly problem: Record<string, unknown>

  constructor(status: number, problem: Record<string, unknown>) {
    const { title, detail } = problem as { title?: string; detail?: string }
    super([status, title, detail].filter(Boolean).join(' '))
    this.status = status
    this.problem = problem
  }

  static async of(response: Response): Promise<HiloError> {
    const problem = (await response.json().catch(() => ({}))) as Record<string, unknown>
    return new HiloError(response.status, problem)
  }
}

export type Fetch = (request: Request) => Promise<Response>

/** The longest that a retry waits, in ms, whatever `Retry-After` says. */
const LONGEST_MS = 60_000
const FIRST_MS = 200

export const sleep = (ms: number): Promise<void> =>
  new Promise((resolve) => {
    setTimeout(resolve, ms)
  })

/** How long to wait before the `attempt`th retry, in ms: what the server says, or longer each time, with jitter. */
export function waitFor(attempt: number, retryAfter: string | null): number {
  const seconds = Number(retryAfter)
  if (retryAfter !== null && Number.isFinite(seconds)) return Math.min(seconds * 1000, LONGEST_MS)
  return Math.min(FIRST_MS * 2 ** attempt, LONGEST_MS) * (0.5 + Math.random() / 2)
}

/**
 * Gives every message, and a conversation that is created, an id before the first try. So the same request can be sent
 * again: Hilo knows what it has.
 */
export async function named(request: Request): Promise<Request> {
  const { pathname } = new URL(request.url)
  const isJson = request.headers.get('content-type')?.includes('application/json')
  if (request.method !== 'POST' || !isJson || pathname.endsWith('/import')) return request
  const body = (await request.clone().json()) as { id?: string; messages?: { id?: string }[] }
  if (pathname.endsWith('/conversations')) body.id ??= crypto.randomUUID()
  for (const message of body.messages ?? []) message.id ??= crypto.randomUUID()
  return new Request(request, { method: 'POST', body: JSON.stringify(body) })
}

/** Sends a request again if no answer came, or one that says to come back: 429 and 503. */
export function retrying(fetch: Fetch, retries: number): Fetch {
  return async (given) => {
    const request = await named(given)
    for (let attempt = 0; ; attempt += 1) {
      let retryAfter: string | null = null
      try {
        const response = await fetch(request.clone())
        const isBusy = response.status === 429 || response.status === 503
        if (!isBusy || attempt === retries) return response
        retryAfter = response.headers.get('retry-after')
        await response.body?.cancel()
      } catch (error) {
        if (attempt === retries || request.signal.aborted) throw error
      }
      await sleep(waitFor(attempt, retryAfter))
    }
  }
}
