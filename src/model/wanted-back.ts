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
  if (!isObject(last) || !isObject(entry) || !goesOn(last, entry)) return [...entries, entry]
  const grown: JsonObject = { ...last }
  for (const [key, value] of Object.entries(entry)) {
    const isPiece = PIECES.includes(key) && typeof grown[key] === 'string'
    if (value === null) continue
    grown[key] = isPiece ? grownText(grown[key] as string, textOf(value), entry) : value
  }
  return [...entries.slice(0, -1), grown]
}

const PIECES = ['text', 'summary', 'data', 'thinking']

/** Some endpoints repeat the whole thought with its signature. */
const grownText = (known: string, more: string, { signature }: JsonObject): string =>
  textOf(signature) !== '' && known !== '' && more.startsWith(known) ? more : known + more

/** Entries are counted; blocks of thinking are not, and end with their signature. */
function goesOn(last: JsonObject, entry: JsonObject): boolean {
  if (last['type'] !== entry['type']) return false
  if (last['index'] !== undefined) return last['index'] === entry['index']
  return last['type'] === 'thinking' && textOf(last['signature']) === ''
}

/** Leaves out blocks of thinking without a signature: nobody takes them back. */
export function keepSigned(fields: JsonObject): void {
  if (fields['thinking_blocks'] === undefined) return
  const signed = listOf(fields['thinking_blocks']).filter(
    (block) => isObject(block) && (textOf(block['signature']) || textOf(block['data'])) !== '',
  )
  if (signed.length > 0) fields['thinking_blocks'] = signed
  else delete fields['thinking_blocks']
}
