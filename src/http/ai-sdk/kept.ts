import { type JsonObject, type JsonValue, isObject } from '../../contract/json.ts'
import type { UIPart } from './ui-message.ts'

/** Where a message keeps what only this protocol has, in `extra`. */
export const AI_SDK = 'ai-sdk'

/**
 * What a part of the AI SDK has that Hilo's own does not: null if nothing; `plus` if there are more fields; `whole` if it
 * differs more. `same` if Hilo keeps it as it came. `only` if Hilo has no part for it.
 */
export type KeptPart =
  | null
  | { plus: JsonObject }
  | { whole: UIPart }
  | { same: true }
  | { only: UIPart }

/** What of a UI message has no field. Left out as a whole if all has one. */
export interface Kept {
  /** Its id, if that can't be a message's here, or names another version of it. */
  id?: string
  metadata?: JsonValue
  parts?: KeptPart[]
  /** Of a model's message: the tools that a person had to allow first. */
  askFirst?: string[]
}

export const keptOf = (extra: JsonObject | null): Kept => {
  const kept = extra?.[AI_SDK]
  return isObject(kept) ? (kept as Kept) : {}
}

/** What a tool came to, if its text does not say that. */
export interface KeptResult {
  state?: 'output-error' | 'output-denied'
  /** The output is what the text says as JSON. */
  isJson?: true
  approval?: JsonValue
}

export const keptResultOf = (extra: JsonObject | null): KeptResult => keptOf(extra) as KeptResult

/** Whether two JSON values are the same, in whatever order their keys are. */
export function isSame(a: unknown, b: unknown): boolean {
  if (a === b) return true
  if (Array.isArray(a) && Array.isArray(b)) {
    return a.length === b.length && a.every((one, index) => isSame(one, b[index]))
  }
  if (!isObject(a) || !isObject(b)) return false
  const keys = Object.keys(a)
  return (
    keys.length === Object.keys(b).length &&
    keys.every((key) => Object.hasOwn(b, key) && isSame(a[key], b[key]))
  )
}
