import { type JsonObject, isObject } from '../../contract/json.ts'
import { Problem, pointerTo } from '../frame/problem.ts'

/** The same items, if any of them says something. */
export function saying(items: (object | null)[], where: string): (object | null)[] {
  if (items.length === 0 || !items.every((item) => item !== null && isBlank(item))) return items
  const detail = 'All items are blank. Send one that says something'
  throw new Problem('invalid-request', { errors: [{ pointer: pointerTo([where]), detail }] })
}

/** Whether an item is a message of no words, and of nothing else. */
function isBlank(item: object): boolean {
  const { type = 'message', content } = item as JsonObject
  if (type !== 'message') return false
  const pieces = typeof content === 'string' ? [{ text: content }] : content
  if (!Array.isArray(pieces)) return false
  return pieces.every(
    (piece: unknown) =>
      isObject(piece) && typeof piece['text'] === 'string' && piece['text'].trim() === '',
  )
}
