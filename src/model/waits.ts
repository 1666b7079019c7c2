import { isObject } from '../contract/json.ts'

/** The longest that a provider is left alone, in seconds. */
const LONGEST_WAIT_S = 3_600

const inSeconds = (ms: number): number => Math.min(Math.ceil(ms / 1_000), LONGEST_WAIT_S)

/** Seconds, as milliseconds, of a number of them, of a text such as `1m26.5s`, or of a moment; null if it is none of these. */
function msOf(value: unknown, now: number): number | null {
  const text =
    typeof value === 'number' ? String(value) : typeof value === 'string' ? value.trim() : ''
  const number = text === '' ? Number.NaN : Number(text)
  // So many seconds are no wait, but a moment: in seconds, or in milliseconds.
  if (number >= 1e11) return number - now
  if (number >= 1e9) return number * 1_000 - now
  if (!Number.isNaN(number)) return number * 1_000
  const spans = /^(?:[\d.]+\s*(?:ms|[dhms]|(?:sec|min|hour|day)[a-z]*)\s*)+$/i.test(text)
  if (spans) {
    const parts = [...text.matchAll(/([\d.]+)\s*(ms|[dhms])/gi)]
    return parts.reduce(
      (sum, [, count, unit]) => sum + Number(count) * UNITS[unit!.toLowerCase()]!,
      0,
    )
  }
  // A number that is no wait would be read as a year.
  return /[a-z]/i.test(text) ? Date.parse(text) - now : null
}

const UNITS: Record<string, number> = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 }

const wait = (ms: number | null): number | null => (ms !== null && ms > 0 ? inSeconds(ms) : null)

/** Whole seconds, of a number of them, of milliseconds, or of a date; null if the headers say nothing of use. */
export function retryAfterOf(headers: Headers | undefined, now = Date.now()): number | null {
  if (headers === undefined) return null
  const ms = headers.get('retry-after-ms') ?? headers.get('x-ms-retry-after-ms')
  if (Number(ms) > 0) return inSeconds(Number(ms))
  // Several proxies may have added one each.
  const [, first] = /^\s*([\d.]+)\s*,/.exec(headers.get('retry-after') ?? '') ?? []
  const asked = wait(msOf(first ?? headers.get('retry-after'), now))
  if (asked !== null) return asked
  const resets = [...headers].filter(([name]) => /rate-?limit/.test(name) && /reset/.test(name))
  const left = (name: string) => headers.get(name.replace('reset', 'remaining'))
  // Of several limits those that are used up count, the longest of them.
  const used = resets.filter(([name]) => left(name) === '0')
  const alone = resets.filter(([name]) => /limit-reset(-after)?$/.test(name))
  const waits = [used, alone].map((of) =>
    Math.max(0, ...of.map(([, value]) => wait(msOf(value, now)) ?? 0)),
  )
  return waits.find((one) => one > 0) ?? null
}

const SECONDS =
  /^(retry-?_?(after|in)(-?_?(in-?_?)?(s|sec|seconds))?|retry_?delay|x-ratelimit-reset|resets?_?(in|at|after|time)(_?seconds)?|(wait|estimated)_?(time|seconds))$/i
const MILLISECONDS = /^retry-?_?after-?_?ms$/i
const SAID =
  /\b(?:again|retry|retry your requests?|retry-after|retrying|wait|resets?|available)[ :]+(?:(?:in|after|for|about|approximately)[ :]+)*((?:[\d.]+\s*(?:ms|[dhms](?![a-z])|(?:sec|min|hour)[a-z]*)(?:\s*(?:,|and)\s+)?\s*)+)/i
/** The same without a unit, or in Chinese. */
const SAID_BARE = /retry[-_ ]?after\W{1,4}(\d+)(?![\d.]*\s*\w)|(\d+) ?秒/i
const DEEPEST = 6

/** The same of what an endpoint says in the body of its refusal, or in the middle of a stream. */
export function waitIn(said: unknown, now = Date.now(), depth = 0): number | null {
  if (typeof said === 'string') {
    const [, bare, chinese] = SAID_BARE.exec(said) ?? []
    const spans = SAID.exec(said)?.[1]?.replaceAll(/,|and/gi, ' ')
    return wait(msOf(spans ?? bare ?? chinese, now))
  }
  if (typeof said !== 'object' || said === null || depth > DEEPEST) return null
  for (const [name, value] of Object.entries(said)) {
    const ms = MILLISECONDS.test(name) ? Number(value) : null
    const given = isObject(value) ? value['seconds'] : value
    const found = wait(ms ?? (SECONDS.test(name) ? msOf(given, now) : null))
    if (found !== null) return found
  }
  return (
    Object.values(said)
      .map((one) => waitIn(one, now, depth + 1))
      .find((one) => one !== null) ?? null
  )
}
