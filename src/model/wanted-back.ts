import { type JsonObject, changedByKeeping, isObject } from '../contract/json.ts'

/** The most that is kept of a field, in UTF-16 units of JSON. */
const WANTED_BACK_CHARS = 200_000

export const textOf = (value: unknown): string => (typeof value === 'string' ? value : '')
export const listOf = (value: unknown): unknown[] => (Array.isArray(value) ? value : [])

/** Adds what a chunk brings of a field that is wanted back: pieces of one entry of a list are joined. */
export function keepField(fields: JsonObject, name: string, value: unknown): void {
  if (value === undefined || value === null || changedByKeeping(value) !== null) return
  const known = fields[name]
  const kept = Array.isArray(value)
    ? value.reduce<unknown[]>(joined, listOf(known))
    : isObject(known) && isObject(value)
      ? { ...known, ...value }
      : value
  if (JSON.stringify(kept).length <= WANTED_BACK_CHARS) fields[name] = kept
}

/** One more entry of a list; if it goes on with the last one, that one grows. */
function joined(entries: unknown[], entry: unknown): unknown[] {
  const last = entries.at(-1)
  const goesOn =
    isObject(last) &&
    isObject(entry) &&
    last['index'] !== undefined &&
    last['index'] === entry['index'] &&
    last['type'] === entry['type']
  if (!goesOn) return [...entries, entry]
  const grown: JsonObject = { ...last }
  for (const [key, value] of Object.entries(entry)) {
    const isPiece = ['text', 'summary', 'data'].includes(key) && typeof grown[key] === 'string'
    if (value !== null) grown[key] = isPiece ? (grown[key] as string) + textOf(value) : value
  }
  return [...entries.slice(0, -1), grown]
}
