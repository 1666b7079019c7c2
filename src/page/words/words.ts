import { type Words, en } from './en.ts'
import { es } from './es.ts'

const languages: Record<string, Words> = { en, es }

const asked = navigator.languages.map((tag) => tag.toLowerCase().split('-')[0] ?? '')

/** The first of the browser's languages that the page speaks, and English if it speaks none. */
export const language = asked.find((name) => name in languages) ?? 'en'
export const words = languages[language] ?? en

/** Some browsers name languages that are none, such as `en-US@posix`. */
function isKnown(tag: string): boolean {
  try {
    return Intl.DateTimeFormat.supportedLocalesOf(tag).length > 0
  } catch {
    return false
  }
}

/** The browser's own spelling of that language, for dates and numbers: `es-MX` rather than `es`. */
const isOfIt = (tag: string): boolean => tag.toLowerCase().startsWith(language) && isKnown(tag)
export const locale = navigator.languages.find(isOfIt) ?? language

const day = new Intl.DateTimeFormat(locale, { day: 'numeric', month: 'short' })
const dayOfYear = new Intl.DateTimeFormat(locale, {
  day: 'numeric',
  month: 'short',
  year: 'numeric',
})
const clock = new Intl.DateTimeFormat(locale, { hour: '2-digit', minute: '2-digit' })
const whole = new Intl.DateTimeFormat(locale, { dateStyle: 'medium', timeStyle: 'short' })

export const moment = (iso: string): string => whole.format(new Date(iso))

/** As short as it is clear: the time today, the day this year. */
export function shortMoment(iso: string, now = new Date()): string {
  const date = new Date(iso)
  if (date.toDateString() === now.toDateString()) return clock.format(date)
  return (date.getFullYear() === now.getFullYear() ? day : dayOfYear).format(date)
}

const DAY_MS = 86_400_000

/** Under which heading of the list something of that time stands. */
export function ageOf(iso: string, now = new Date()): string {
  const midnight = new Date(now.getFullYear(), now.getMonth(), now.getDate()).getTime()
  const time = Date.parse(iso)
  if (time >= midnight) return words.today
  if (time >= midnight - DAY_MS) return words.yesterday
  return time >= midnight - 7 * DAY_MS ? words.lastDays : words.earlier
}
