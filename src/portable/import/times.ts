import { isFields } from './values.ts'

/**
 * A time in whatever unit a program writes it, as milliseconds since the epoch: seconds, milliseconds, micro- or
 * nanoseconds are told apart by their size, which holds from 1973 to 5138. Null if it is not a time, or before 1970.
 */
export function timeOf(value: unknown): number | null {
  if (typeof value === 'string') return fromText(value)
  // As the tools of MongoDB write one, and of Firestore.
  if (isFields(value)) {
    const { $date, $numberLong, _seconds, seconds } = value
    return timeOf($date ?? $numberLong ?? _seconds ?? seconds ?? null)
  }
  if (typeof value !== 'number') return null
  let ms = value
  if (ms >= 1e17) ms /= 1e6
  else if (ms >= 1e14) ms /= 1e3
  else if (ms < 1e11) ms *= 1e3
  return inRange(Math.round(ms))
}

/** In the order of their times, if each has one; else as they are. */
export const inTime = <T extends { time: number | null }>(all: T[]): T[] =>
  all.some(({ time }) => time === null)
    ? all
    : all.toSorted((a, b) => Number(a.time) - Number(b.time))

function fromText(text: string): number | null {
  const trimmed = text.trim()
  if (/^\d+(\.\d+)?$/.test(trimmed)) return timeOf(Number(trimmed))
  // What has no year is no time, though dates are made of much else.
  if (!/\d{4}/.test(trimmed)) return null
  return inRange(Date.parse(trimmed)) ?? inRange(Date.parse(trimmed.replace(ISO, plainly)))
}

/** Other ways in which ISO 8601 lets one be written than JavaScript reads; and the name of a zone behind it. */
const ISO =
  /^(\d{4})-?(\d\d)-?(\d\d)[T ](\d\d):?(\d\d):?(\d\d)(?:[.,](\d{1,9}))? ?(Z|[+-]\d\d)?:?(\d\d)?(?:\[[^\]]*\])?$/

function plainly(_: string, ...found: (string | undefined)[]): string {
  const [year, month, day, hour, minute, second, part = '0', zone = 'Z', rest = '00'] = found
  const end = zone === 'Z' ? zone : `${zone}:${rest}`
  return `${year}-${month}-${day}T${hour}:${minute}:${second}.${part.slice(0, 3)}${end}`
}

// NaN is in no range; 9999 is the last year that ISO 8601 writes with four digits.
const LAST = Date.UTC(9999, 11, 31)
const inRange = (ms: number): number | null => (ms > 0 && ms <= LAST ? ms : null)
