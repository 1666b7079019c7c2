import { isObject } from '../../contract/json.ts'

/** How deep two versions are brought together member by member; what lies deeper is the same, or another. */
const MERGE_DEPTH = 12
/** Where other values go, of a field that has one value already: by the place of the field, as a JSON pointer. */
const OTHERS = 'other_values'

type Fields = Record<string, unknown>
type Others = Map<string, unknown[]>

// What is no object had been kept as if it were the value of one key.
const asFields = (value: unknown): Fields => (isObject(value) ? value : { extra: value })
const textOf = (value: unknown): string => JSON.stringify(value)

/**
 * What stands, and all that a file brings besides: no key, element or value is lost, in whichever order files come.
 * A field that has a value keeps it; another one is kept in `other_values`. Both are JSON, and so is what is returned.
 */
export function mergedExtra(standing: string | null, brought: string): string {
  if (standing === null || standing === brought) return brought
  const [ours, theirs] = [asFields(JSON.parse(standing)), asFields(JSON.parse(brought))]
  const others: Others = new Map()
  const merged = fields(ours, theirs, '', 1, others)
  if (others.size === 0) return textOf(merged)
  const known = merged[OTHERS]
  const all = new Map(Object.entries(isObject(known) ? known : {}))
  for (const [at, values] of others) all.set(at, united(all.get(at), values))
  return textOf({ ...merged, [OTHERS]: Object.fromEntries(all) })
}

function united(known: unknown, values: unknown[]): unknown[] {
  const all = known === undefined ? [] : Array.isArray(known) ? known : [known]
  const texts = new Set(all.map(textOf))
  return [...all, ...values.filter((one) => !texts.has(textOf(one)))]
}

function value(ours: unknown, theirs: unknown, at: string, depth: number, others: Others): unknown {
  if (ours === theirs) return ours
  if (depth < MERGE_DEPTH) {
    if (isObject(ours) && isObject(theirs)) return fields(ours, theirs, at, depth + 1, others)
    if (Array.isArray(ours) && Array.isArray(theirs)) {
      return elements(ours, theirs, at, depth + 1, others)
    }
  }
  if (textOf(ours) !== textOf(theirs)) others.set(at, united(others.get(at), [theirs]))
  return ours
}

function fields(ours: Fields, theirs: Fields, at: string, depth: number, others: Others): Fields {
  // A file may have any key, `__proto__` too, which only `fromEntries` takes for one.
  const merged = new Map(Object.entries(ours))
  for (const [key, brought] of Object.entries(theirs)) {
    const place = `${at}/${key.replaceAll('~', '~0').replaceAll('/', '~1')}`
    const isThere = merged.has(key)
    merged.set(key, isThere ? value(merged.get(key), brought, place, depth, others) : brought)
  }
  return Object.fromEntries(merged)
}

/** A list holds what either list holds, as often as the one that holds it more often. What has an id is one with it. */
function elements(
  ours: unknown[],
  theirs: unknown[],
  at: string,
  depth: number,
  others: Others,
): unknown[] {
  const merged = [...ours]
  const unmatched = Map.groupBy(ours.keys(), (index) => textOf(ours[index]))
  const left = theirs.filter((element) => unmatched.get(textOf(element))?.shift() === undefined)
  const free = [...unmatched.values()].flat()
  const named = Map.groupBy(free, (index) => idOf(ours[index]))
  const times = Map.groupBy(theirs, idOf)
  for (const element of left) {
    const id = idOf(element)
    const [index, ...more] = named.get(id) ?? []
    // An id that comes twice says nothing.
    const isOne = id !== null && more.length === 0 && times.get(id)?.length === 1
    if (isOne && index !== undefined) {
      merged[index] = value(ours[index], element, `${at}/${id}`, depth, others)
    } else {
      merged.push(element)
    }
  }
  return merged
}

/** What programs name an element by. */
function idOf(element: unknown): string | null {
  if (!isObject(element)) return null
  const id = element['id'] ?? element['uuid'] ?? element['messageId']
  return typeof id === 'string' ? id : null
}
