import { timeOf } from './times.ts'
import { kept } from './values.ts'

/** What could not be kept as it was: each by the name of its field. */
export class Originals {
  readonly #notes = new Map<string, unknown>()

  note(field: string, value: unknown): void {
    if (value !== undefined && value !== null) this.#notes.set(field, value)
  }

  /** A text of at least one and at most `length` UTF-16 units, or null. */
  text(field: string, value: unknown, length: number): string | null {
    if (typeof value !== 'string') {
      this.note(field, value)
      return null
    }
    const { text, isChanged } = kept(value, length)
    if (isChanged) this.note(field, value)
    return text === '' ? null : text
  }

  /** A time that is past, or null. */
  time(field: string, value: unknown, now: number): number | null {
    const time = timeOf(value)
    if (time === null || time > now) this.note(field, value)
    return time === null ? null : Math.min(time, now)
  }

  /** Null if all could be kept. */
  all(): Record<string, unknown> | null {
    return this.#notes.size === 0 ? null : Object.fromEntries(this.#notes)
  }
}
