const CODE = /^[ \t>]*(`{3,}|~{3,})|`+/gm

/** A text in pieces: what stands between marks, and the marks. One that begins within code is none: somebody writes of it. */
export function marksIn(
  text: string,
  opening: RegExp,
  whole: RegExp = opening,
): (string | RegExpExecArray)[] {
  const codes = new Codes(text)
  const pieces: (string | RegExpExecArray)[] = []
  let from = 0
  let at = 0
  for (;;) {
    opening.lastIndex = at
    const begun = opening.exec(text)
    if (begun === null) break
    const end = codes.endAround(begun.index, from)
    whole.lastIndex = begun.index
    const mark = end === null ? (whole === opening ? begun : whole.exec(text)) : null
    if (mark === null) {
      at = end ?? begun.index + 1
      continue
    }
    pieces.push(text.slice(from, mark.index), mark)
    from = at = mark.index + Math.max(mark[0].length, 1)
  }
  return [...pieces, text.slice(from)].filter((piece) => piece !== '')
}

/** A text with something else in the place of marks that do not begin within code. */
export const withMarks = (
  text: string,
  opening: RegExp,
  whole: RegExp,
  said: (mark: RegExpExecArray) => string,
): string =>
  marksIn(text, opening, whole)
    .map((piece) => (typeof piece === 'string' ? piece : said(piece)))
    .join('')

/** Where code stands in a text, looked for as far as it is asked. */
class Codes {
  readonly #text: string
  #current = { start: -1, end: 0 }
  /** The shortest fences of each sign that nothing closes any more. */
  readonly #open = new Map<string, number>()

  constructor(text: string) {
    this.#text = text
  }

  /** The end of the code around a place; null if it is in none. Asked for places that only grow. */
  endAround(place: number, from: number): number | null {
    if (this.#current.end < from) this.#current = { start: -1, end: from }
    while (this.#current.end <= place) {
      CODE.lastIndex = this.#current.end
      const run = CODE.exec(this.#text)
      if (run === null || run.index > place) return null
      const end = this.#endOf(run)
      this.#current = { start: run.index, end: end ?? run.index + run[0].length }
      if (end === null && this.#current.end > place) return null
    }
    return this.#current.start >= 0 && this.#current.start <= place ? this.#current.end : null
  }

  /** Where code ends; null if nothing ends it. */
  #endOf({ 0: { length }, 1: fence, index }: RegExpExecArray): number | null {
    const begun = index + length
    if (fence === undefined) {
      const line = this.#text.indexOf('\n', begun)
      const rest = this.#text.slice(begun, line === -1 ? undefined : line)
      const end = new RegExp(`(?<!\`)\`{${length}}(?!\`)`).exec(rest)
      return end === null ? null : begun + end.index + length
    }
    const sign = fence[0]!
    if (fence.length >= (this.#open.get(sign) ?? Infinity)) return null
    const closing = new RegExp(`\\n[ \\t>]*\\${sign}{${fence.length},}[ \\t]*(?=\\n|$)`, 'g')
    closing.lastIndex = begun
    const end = closing.exec(this.#text)
    if (end === null) this.#open.set(sign, fence.length)
    return end === null ? null : end.index + end[0].length
  }
}
