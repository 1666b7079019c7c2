import { type JsonObject, type JsonValue, isObject } from '../../contract/json.ts'

/** Strings of at least so many characters are kept once. */
const LONG = 40

/** Stands for a string that a message has in a field of its own. */
const MARK = '$hilo'

/** The long strings of a message's own fields, in an order that only these decide. */
function longStrings(value: JsonValue | undefined, found: string[] = []): string[] {
  if (typeof value === 'string' && value.length >= LONG) found.push(value)
  else if (typeof value === 'object' && value !== null) {
    for (const one of Object.values(value)) longStrings(one as JsonValue, found)
  }
  return found
}

const isMark = (value: unknown): value is { [MARK]: number } =>
  isObject(value) && Number.isInteger(value[MARK]) && Object.keys(value).length === 1

/** Changes strings and marks throughout a value. */
function each(value: JsonValue, change: (one: JsonValue) => JsonValue): JsonValue {
  const changed = change(value)
  if (changed !== value || typeof value !== 'object' || value === null) return changed
  if (Array.isArray(value)) return value.map((one: JsonValue) => each(one, change))
  return Object.fromEntries(
    Object.entries(value).map(([key, one]) => [key, each(one as JsonValue, change)]),
  )
}

/**
 * What a client sent, without the long strings that the message's own fields have: else each text, picture and file would
 * be kept twice. Null if something in it looks like what stands for them.
 *
 * @param fields those of the message that are made of it
 */
export function lean(content: JsonObject, fields: JsonValue): JsonObject | null {
  if (JSON.stringify(content).includes(`"${MARK}"`)) return null
  const places = new Map(longStrings(fields).map((text, index) => [text, index]))
  return each(content, (one) => {
    const place = typeof one === 'string' ? places.get(one) : undefined
    return place === undefined ? one : { [MARK]: place }
  }) as JsonObject
}

/** The same as it was sent. */
export function whole(content: JsonObject, fields: JsonValue): JsonObject {
  const strings = longStrings(fields)
  return each(content, (one) => (isMark(one) ? (strings[one[MARK]] ?? one) : one)) as JsonObject
}
