import { type Measures, mean, slope } from './measures.ts'
import type { Life, Samples, Series } from './samples.ts'

const MB = 1024 * 1024
/** How much of a server's life counts as warming up: conversations are opened, and the compiler works. */
const WARM_UP = 1 / 3
/** Below this the thirds are of a few samples each, and say nothing. */
const FEWEST_SAMPLES = 9
/** What is kept for each request shows as growth; what garbage collection leaves by chance is less than this. */
const MOST_GROWTH = 1.3

interface Course {
  seconds: number
  firstMB: number
  lastMB: number
  perMinuteMB: number
}

/** How a memory went once it was warm: the mean of the first third, of the last, and the trend. */
function courseOf(series: Series): Course | null {
  if (series.length < FEWEST_SAMPLES) return null
  const warm = series.slice(Math.floor(series.length * WARM_UP))
  const megabytes = warm.map(([, bytes]) => bytes / MB)
  const third = Math.ceil(warm.length / 3)
  const [from = 0, to = 0] = [warm[0]?.[0], warm.at(-1)?.[0]]
  return {
    seconds: Math.round((to - from) / 1_000),
    firstMB: mean(megabytes.slice(0, third)),
    lastMB: mean(megabytes.slice(-third)),
    perMinuteMB: slope(warm.map(([ms, bytes]) => [ms / 60_000, bytes / MB])),
  }
}

/** Hilo's own heap must not grow with time. The processes' memory does: that of wrangler's proxy, for each request. */
export function checkMemory({ lives }: Samples, measures: Measures): void {
  for (const { heap } of lives) {
    const course = courseOf(heap)
    if (course && course.lastMB > course.firstMB * MOST_GROWTH) {
      measures.break(`the heap grew from ${said(course)}`)
    }
  }
}

export function memoryOf({ heap, resident }: Life, index: number): string {
  const [own, all] = [courseOf(heap), courseOf(resident)]
  if (own === null || all === null) return `Memory of server ${index + 1}: too short to tell`
  return `Memory of server ${index + 1}: Hilo's heap after garbage collection ${said(own)}; its processes ${said(all)}`
}

const said = ({ seconds, firstMB, lastMB, perMinuteMB }: Course): string =>
  `${firstMB.toFixed(1)} to ${lastMB.toFixed(1)} MB in ${seconds} s (${perMinuteMB.toFixed(1)} MB a minute)`
