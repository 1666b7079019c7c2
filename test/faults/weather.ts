import { env } from 'cloudflare:workers'

/** What D1 does to a query: nothing bad, or what it is known to do. */
export type Weather = 'fair' | 'fails' | 'loses-answers' | 'slow' | 'overloaded' | 'mixed'

const error = (message: string) => new Error(`D1_ERROR: ${message}`)

const RESTORED = 'D1 was restored to an earlier state'

/** D1 as the Worker and all of its objects see it, with faults that a schedule turns on and off. */
export const d1 = {
  weather: 'fair' as Weather,
  /** How often each fault struck. */
  struck: new Map<string, number>(),
  count(fault: string): void {
    d1.struck.set(fault, (d1.struck.get(fault) ?? 0) + 1)
  },
  restored: () => d1.count(RESTORED),
}

/** Reads D1 as it is, whatever the weather is for everybody else. */
export async function calm<T>(read: () => Promise<T>): Promise<T> {
  const { weather } = d1
  d1.weather = 'fair'
  // The weather is asked for when a query starts.
  const reading = read()
  d1.weather = weather
  return reading
}

let turn = 0
const kinds = ['fair', 'fails', 'loses-answers', 'slow', 'overloaded'] as const

function strikes(): Exclude<Weather, 'mixed'> {
  if (d1.weather !== 'mixed') return d1.weather
  turn += 1
  return kinds[turn % kinds.length] ?? 'fair'
}

type Query = (...args: unknown[]) => Promise<unknown>

/** Puts the weather between everybody and D1: its classes are shared by all who are bound to it. */
export function exposeD1(): void {
  const database = Object.getPrototypeOf(env.DB) as Record<string, Query>
  const statement = Object.getPrototypeOf(env.DB.prepare('SELECT 1')) as Record<string, Query>
  expose(database, 'batch')
  for (const key of ['run', 'all', 'raw', 'first']) expose(statement, key)
}

function expose(target: Record<string, Query>, key: string): void {
  const real = target[key]
  if (real === undefined) throw new Error(`D1 has no ${key}`)
  target[key] = async function exposed(this: unknown, ...args: unknown[]) {
    if (d1.weather === 'fair') return real.apply(this, args)
    const fault = strikes()
    if (fault !== 'fair') d1.count(`D1 ${fault}`)
    if (fault === 'fails') throw error('Network connection lost.')
    if (fault === 'overloaded') throw error('D1 DB is overloaded. Requests queued for too long.')
    // Now more, now less, so that one overtakes another.
    if (fault === 'slow') await scheduler.wait(((turn += 1) * 17) % 61)
    const result = await real.apply(this, args)
    if (fault === 'loses-answers') throw error('Network connection lost.')
    return result
  }
}
