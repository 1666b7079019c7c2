import * as z from 'zod'

import { type JsonObject, type JsonValue, isObject } from '../../contract/json.ts'
import type { UIPart } from './ui-message.ts'

/** Where a message keeps what only this protocol has, in `extra`. */
export const AI_SDK = 'ai-sdk'

const Fields = z.custom<JsonObject>(isObject)
const Whole = z.custom<UIPart>((value) => isObject(value) && typeof value['type'] === 'string')

/**
 * What a part of the AI SDK has that Hilo's own does not: null if nothing; `plus` if there are more fields; `whole` if it
 * differs more. `same` if Hilo keeps it as it came. `only` if Hilo has no part for it.
 */
const KeptPart = z.union([
  z.null(),
  z.strictObject({ plus: Fields }),
  z.strictObject({ whole: Whole }),
  z.strictObject({ same: z.literal(true) }),
  z.strictObject({ only: Whole }),
])
export type KeptPart = z.infer<typeof KeptPart>

/** What of a message has no field. Left out as a whole if all has one. */
const Kept = z
  .object({
    /** Its id, if that can't be a message's here, or names another version of it. */
    id: z.string(),
    metadata: z.unknown() as z.ZodType<JsonValue>,
    parts: z.array(KeptPart),
    /** Of a model's message: the tools that a person had to allow first. */
    askFirst: z.array(z.string()),
    /** Of a result: what its text does not say. */
    state: z.enum(['output-error', 'output-denied']),
    /** Of a result: the output is what the text says as JSON. */
    isJson: z.literal(true),
    approval: z.unknown() as z.ZodType<JsonValue>,
  })
  .partial()
export type Kept = z.infer<typeof Kept>

/** What a message keeps for this protocol. Whoever writes messages can write there too: what it can't be is nothing. */
export const keptOf = (extra: JsonObject | null): Kept => {
  const kept = extra?.[AI_SDK]
  return kept === undefined ? {} : (Kept.safeParse(kept).data ?? {})
}

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
