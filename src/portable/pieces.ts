import { isDeeper } from '../contract/depth.ts'

/** A piece of a call's arguments, or of a result, as people read it. */
export interface Piece {
  /** The field whose text it is; null for the rest, and for what has no fields. */
  name: string | null
  text: string
  isJson: boolean
}

/** JSON that is nested deeper stays as it came: each level would indent each of its lines. */
const MOST_LEVELS = 16
/** UTF-16 units of JSON that is left on its one line. */
const SHORT = 80

/**
 * JSON as its texts of several lines, each by itself, after the rest; so are the fields in which JSON would escape signs, such as
 * code of one line. Any other text is one piece.
 */
export function piecesOf(text: string): Piece[] {
  const value = parsed(text)
  const asItCame = [{ name: null, text, isJson: false }]
  if (typeof value === 'string') return [{ name: null, text: value, isJson: false }]
  if (value === null || isDeeper(value, MOST_LEVELS)) return asItCame
  const pieces: Piece[] = []
  const left = without(value, '', pieces)
  if (pieces.length === 0 && text.length <= SHORT && !text.includes('\n')) return asItCame
  const rest = JSON.stringify(left, null, 2)
  if (rest === '{}' && pieces.length > 0) return pieces
  return [{ name: null, text: rest, isJson: true }, ...pieces]
}

// The compiler does not know this side of it yet (tc39.es/proposal-json-parse-with-source).
const exact = JSON as unknown as {
  parse: (text: string, revive: (key: string, value: unknown, at: Token) => unknown) => unknown
  rawJSON: (text: string) => object
  isRawJSON: (value: unknown) => boolean
}
interface Token {
  source: string
}

/**
 * An object or a list, with its numbers as they are written: a long id is more than a number can hold. A text too, if
 * it has several lines.
 */
function parsed(text: string): object | string | null {
  try {
    const value = exact.parse(text, (_key, item, { source }) =>
      typeof item === 'number' ? exact.rawJSON(source) : item,
    )
    if (isLines(value)) return value
    return typeof value === 'object' && !exact.isRawJSON(value) ? value : null
  } catch {
    return null
  }
}

/** A value without its texts of several lines, which go into `pieces`; undefined if it is one. */
function without(value: unknown, path: string, pieces: Piece[]): unknown {
  if (isLines(value) || (/^[^.[]+$/.test(path) && isEscaped(value))) {
    pieces.push({ name: path, text: value, isJson: false })
    return undefined
  }
  if (typeof value !== 'object' || value === null || exact.isRawJSON(value)) return value
  if (Array.isArray(value)) {
    return value.map((item, index) => {
      const left = without(item, `${path}[${index}]`, pieces)
      return left === undefined ? '…' : left
    })
  }
  const fields = Object.entries(value).map(([key, item]) => [
    key,
    without(item, path === '' ? key : `${path}.${key}`, pieces),
  ])
  return Object.fromEntries(fields.filter(([, item]) => item !== undefined))
}

const isLines = (value: unknown): value is string =>
  typeof value === 'string' && value.includes('\n')

const isEscaped = (value: unknown): value is string =>
  typeof value === 'string' && /["\\]/.test(value)
