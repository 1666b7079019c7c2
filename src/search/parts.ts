/** A word, and the place in the text that it stands for, in UTF-16 units. */
export interface Word {
  text: string
  from: number
  to: number
  /** Of a pair of letters: its first one by itself, and where that ends. */
  half?: { text: string; to: number }
}

/** Of more parts only the parts and the whole are words: it is a key or a digest, and each run of them would be one. */
const MOST_PARTS = 8

const isUpper = (letter: string | undefined): boolean =>
  letter !== undefined && letter !== letter.toLowerCase()
const isLower = (letter: string | undefined): boolean =>
  letter !== undefined && letter !== letter.toUpperCase()

const isDigit = (letter: string | undefined): boolean =>
  letter !== undefined && /^\p{N}+$/u.test(letter)

/** At each `_` and, if it is short enough for a name, before each hump. */
export function partsOf(letters: Word[], hasHumps: boolean): Word[][] {
  const parts: Word[][] = [[]]
  for (const [index, letter] of letters.entries()) {
    if (letter.text === '_') {
      parts.push([])
      continue
    }
    const [before, after] = [letters[index - 1]?.text, letters[index + 1]?.text]
    const goesDown = (isUpper(before) || isDigit(before)) && isLower(after)
    const isHump = isUpper(letter.text) && (isLower(before) || goesDown)
    if (isHump && hasHumps) parts.push([])
    parts.at(-1)?.push(letter)
  }
  return parts.filter((part) => part.length > 0)
}

/** Digits by themselves, and what is between them. */
export function atDigits(part: Word[]): Word[][] {
  const parts: Word[][] = []
  for (const [index, letter] of part.entries()) {
    if (index === 0 || isDigit(letter.text) !== isDigit(part[index - 1]?.text)) parts.push([])
    parts.at(-1)?.push(letter)
  }
  return parts
}

/** What adjacent parts make together, the shorter ones first. */
export function joinsOf(parts: Word[]): Word[] {
  const joins: Word[] = []
  const shortest = parts.length > MOST_PARTS ? parts.length : 2
  for (let length = shortest; length <= parts.length; length += 1) {
    for (let at = 0; at + length <= parts.length; at += 1) {
      const some = parts.slice(at, at + length)
      const text = some.map((part) => part.text).join('')
      joins.push({ text, from: some[0]!.from, to: some.at(-1)!.to })
    }
  }
  return joins
}
