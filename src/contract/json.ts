import * as z from 'zod'

import { isDeeper } from './depth.ts'
import { NOT_KEEPABLE, isKeepable } from './text.ts'

/** Anything that JSON holds. Not spelt out: the types of RPC would follow it without end. */
export type JsonValue = NonNullable<unknown> | null
/** Any JSON object, such as a protocol's own fields. */
export type JsonObject = Record<string, JsonValue>

export const isObject = (value: unknown): value is JsonObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

/** How deep what nobody here knows the meaning of may be nested. */
const DEPTH = 64

/** Why a JSON value would not come back as it came; null if it would. */
export function changedByKeeping(value: unknown): string | null {
  if (isDeeper(value, DEPTH)) return `Nested deeper than ${DEPTH} levels`
  return changed(value)
}

function changed(value: unknown): string | null {
  if (typeof value === 'string') {
    return isKeepable(value) ? null : NOT_KEEPABLE
  }
  if (typeof value === 'number') {
    return Number.isFinite(value) ? null : 'A number that is too large can not be kept unchanged'
  }
  if (typeof value !== 'object' || value === null) return null
  for (const [key, one] of Object.entries(value)) {
    if (key === '__proto__') return '__proto__ is no key'
    const why = (isKeepable(key) ? null : 'A key with a lone surrogate or a NUL') ?? changed(one)
    if (why !== null) return why
  }
  return null
}

/** Refuses what would not come back as it came. */
export function asItCame(value: unknown, context: z.RefinementCtx): void {
  const why = changedByKeeping(value)
  if (why !== null) context.addIssue({ code: 'custom', message: why })
}

/** A JSON object that is kept, and given back, as it came. */
export const Json = z
  .custom<JsonObject>(isObject, 'Send a JSON object')
  .superRefine(asItCame)
  .meta({ type: 'object', additionalProperties: true })
