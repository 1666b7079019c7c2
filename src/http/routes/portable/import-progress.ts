import type { ImportAnswer } from '../../../contract/import.ts'

/** How far an import has come. */
export interface Progress {
  /** Of the file, as far as it was read. */
  bytes: number
  /** Null if the request does not say how long the file is. */
  total: number | null
  /** Those that were read, whatever became of them. */
  conversations: number
  imported: number
  unchanged: number
  failed: number
}

interface Watched {
  work: Promise<ImportAnswer>
  progress: () => Progress
  /** What a failure is told as. */
  problemOf: (error: unknown) => Promise<unknown>
  /** Called if nobody reads on. */
  left: () => void
}

/** How often progress is told at the most, and how long nothing may be said at all. */
export const PROGRESS_MS = 500
const HEARTBEAT_MS = 10_000

const encoder = new TextEncoder()
const eventOf = (name: string, data: unknown): string =>
  `event: ${name}\ndata: ${JSON.stringify(data)}\n\n`

/** Tells how an import comes along as server-sent events: `progress`, then `completed` or `failed`. */
export function progressOf(
  { work, progress, problemOf, left }: Watched,
  heartbeatMs = HEARTBEAT_MS,
): ReadableStream<Uint8Array> {
  const ended = work.then(
    (answer) => eventOf('completed', answer),
    async (error: unknown) => eventOf('failed', { problem: await problemOf(error) }),
  )
  let told = ''
  /** How far it has come, if that was not told yet. */
  const news = (): string => {
    const event = eventOf('progress', progress())
    if (event === told) return ''
    told = event
    return event
  }
  return new ReadableStream({
    pull: async (controller) => {
      let end: string | null = null
      let said = told === '' ? news() : ''
      for (let quietMs = 0; said === ''; quietMs += PROGRESS_MS) {
        if (quietMs >= heartbeatMs) said = ':\n\n'
        end = await Promise.race([ended, scheduler.wait(PROGRESS_MS).then(() => null)])
        said = news() + (end ?? '') || said
      }
      controller.enqueue(encoder.encode(said))
      if (end !== null) controller.close()
    },
    cancel: left,
  })
}
