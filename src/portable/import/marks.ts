import { marksIn } from './code.ts'
import { sourcesIn } from './parts.ts'

/** A text with what people read in the place of marks that a program shows in its own way. */
export function withoutMarks(
  text: string,
  marks: RegExp,
  wordsOf: (run: string) => string,
): string {
  const made: string[] = []
  let from = 0
  for (const mark of marksIn(text, marks)) {
    if (typeof mark === 'string') continue
    const { 0: run, index } = mark
    const before = text.slice(from, index)
    from = index + run.length
    const said = wordsOf(run)
    // A space before what is no longer there would stand before the full stop.
    const isTight = said === '' && /^[\s.,;:!?)]?$/.test(text.slice(from, from + 1))
    made.push(isTight ? withoutSpaces(before) : before)
    made.push(/^[([]/.test(said) && /[^\s([]$/.test(before.slice(-1)) ? ` ${said}` : said)
  }
  return made.join('') + text.slice(from)
}

function withoutSpaces(text: string): string {
  let end = text.length
  while (text[end - 1] === ' ') end -= 1
  return text.slice(0, end)
}

/** Pages as links in brackets; nothing if they have no addresses. */
export function linked(pages: unknown[]): string {
  const links = sourcesIn(pages).map((part) => {
    const { url, title } = part as { url: string; title?: string }
    const label = title ?? URL.parse(url)?.hostname ?? url
    const escaped = label.replaceAll(/\s+/g, ' ').replaceAll(/[[\]\\]/g, String.raw`\$&`)
    const address = url.replaceAll('(', '%28').replaceAll(')', '%29').replaceAll(/\s/g, '%20')
    return `[${escaped}](${address})`
  })
  return links.length === 0 ? '' : `(${links.join(', ')})`
}
