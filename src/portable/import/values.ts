import { isObject } from '../../contract/json.ts'
import { isKeepable, madeKeepable } from '../../contract/text.ts'

/** What JSON holds; of a stranger's file nothing more is known. */
export type Fields = Record<string, unknown>

export const isFields: (value: unknown) => value is Fields = isObject
export const fieldsOf = (value: unknown): Fields => (isFields(value) ? value : {})
export const listOf = (value: unknown): unknown[] => (Array.isArray(value) ? value : [])
export const textOf = (value: unknown): string => (typeof value === 'string' ? value : '')

/** Whether something is a list of messages of a program: some are its own, or the list is empty. */
export function areMessages(list: unknown, isOwn: (message: Fields) => boolean): boolean {
  if (!Array.isArray(list)) return false
  const messages = list.filter(isFields)
  return list.length === 0 || messages.some(isOwn)
}

/** What is true or false, in the ways that databases have for it; undefined if nothing is said. */
export const flagOf = (value: unknown): boolean | undefined =>
  value === undefined || value === null ? undefined : value === true || value === 1

/** The first of some fields that holds anything. */
export const firstOf = (fields: Fields, names: readonly string[]): unknown =>
  names.map((name) => fields[name]).find((value) => value !== undefined && value !== null)

/** Of fields that mean one thing the one that is read; the others stay where they are. */
export const taken = (fields: Fields, ...all: (readonly string[])[]): string[] =>
  all.flatMap((names) => names.find((name) => (fields[name] ?? '') !== '') ?? [])

/** The first that says something. */
export const idOf = (...values: unknown[]): string | null => {
  for (const value of values) {
    if (typeof value === 'string' && value !== '') return value
    if (typeof value === 'number' && Number.isFinite(value)) return String(value)
  }
  return null
}

/** All but the fields that were understood, and those that say nothing; null if nothing is left. */
export function rest(fields: Fields, understood: readonly string[]): Fields | null {
  const left = Object.entries(fields).filter(
    ([key, value]) => !understood.includes(key) && !saysNothing(value),
  )
  return left.length === 0 ? null : Object.fromEntries(left)
}

const saysNothing = (value: unknown): boolean =>
  value === null ||
  value === undefined ||
  value === '' ||
  (Array.isArray(value) && value.length === 0) ||
  (isFields(value) && Object.keys(value).length === 0)

/** A text as it can be kept: of at most so many UTF-16 units, and nothing that SQLite or JSON would change. */
export function kept(text: string, length: number): { text: string; isChanged: boolean } {
  const whole = isKeepable(text) ? text : madeKeepable(text)
  if (whole.length <= length) return { text: whole, isChanged: whole !== text }
  // A character of two units is not cut in two.
  const cut = whole
    .slice(0, length - 1)
    .toWellFormed()
    .replace(/\uFFFD$/, '')
  return { text: `${cut}…`, isChanged: true }
}
