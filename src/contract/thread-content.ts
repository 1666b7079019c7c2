import { type JsonObject, type JsonValue, isObject } from './json.ts'

/** Strings of at least so many characters are kept once. */
const LONG = 40

/**
 * The key of what stands for something that a message has in a field of its own: `{ $hilo: 3 }` for a long string,
 * `{ $hilo: { part: 1 } }` for the address of the file that a part names.
 */
const MARK = '$hilo'

/** The fields of a message that what was sent is kept without. */
export interface OwnFields {
  content?: string | null | undefined
  parts?: unknown
  tool_calls?: unknown
}

/** What was sent, as it is kept; `mark` is the key if that is not the usual one. */
export interface Lean {
  content: JsonObject
  mark?: string
}

/** The long strings of a message's own fields, in an order that only these decide. */
function longStrings({ content, parts, tool_calls: calls }: OwnFields): string[] {
  const found: string[] = []
  const look = (value: JsonValue | undefined): void => {
    if (typeof value === 'string' && value.length >= LONG) found.push(value)
    else if (typeof value === 'object' && value !== null) {
      for (const one of Object.values(value)) look(one as JsonValue)
    }
  }
  look([content ?? null, parts ?? null, calls ?? null])
  return found
}

/** What stands there; null if nothing does. */
function markedIn(value: JsonValue, mark: string): number | { part: number } | null {
  if (!isObject(value) || Object.keys(value).length !== 1) return null
  const marked = value[mark]
  if (Number.isInteger(marked)) return marked as number
  return isObject(marked) && Number.isInteger(marked['part']) ? (marked as { part: number }) : null
}

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
 * be kept twice.
 *
 * @param places the strings that are files now, and in which part each
 */
export function lean(
  content: JsonObject,
  fields: OwnFields,
  places: Map<string, number> = new Map(),
  known?: string,
): Lean {
  const mark = known ?? freeMark(content)
  const strings = new Map(longStrings(fields).map((text, index) => [text, index]))
  const kept = each(content, (one) => {
    if (typeof one !== 'string') return one
    const part = places.get(one)
    const index = strings.get(one)
    if (part !== undefined) return { [mark]: { part } }
    return index === undefined ? one : { [mark]: index }
  }) as JsonObject
  return { content: kept, ...(mark !== MARK && { mark }) }
}

/** A key that nothing in the content looks like. */
function freeMark(content: JsonObject): string {
  const json = JSON.stringify(content)
  let mark = MARK
  while (json.includes(`"${mark}"`)) mark += '~'
  return mark
}

/** The same with the strings in it. What stands for files stays. */
function withStrings({ content, mark = MARK }: Lean, fields: OwnFields): JsonObject {
  const strings = longStrings(fields)
  return each(content, (one) => {
    const marked = markedIn(one, mark)
    return typeof marked === 'number' ? (strings[marked] ?? one) : one
  }) as JsonObject
}

/** The same as it was sent, but for files: of these it has the addresses that they have now. */
export function whole(
  kept: Lean,
  fields: OwnFields,
  addressOf: (part: number) => string,
): JsonObject {
  const mark = kept.mark ?? MARK
  return each(withStrings(kept, fields), (one) => {
    const marked = markedIn(one, mark)
    return typeof marked === 'object' && marked !== null ? addressOf(marked.part) : one
  }) as JsonObject
}

/** The same once parts of the message are files, or other ones: `places` says which strings these were. */
export const leaner = (
  kept: Lean,
  before: OwnFields,
  after: OwnFields,
  places: Map<string, number>,
): Lean => lean(withStrings(kept, before), after, places, kept.mark ?? MARK)
