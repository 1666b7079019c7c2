/** What Open WebUI folds away in the text of an answer: `<details type="…" …><summary>…</summary>…</details>`. */
export interface Fold {
  type: string
  /** The tag that opens it, as it stands in the text. */
  tag: string
  attributes: Map<string, string>
  body: string
}

const TAG = /<details((?:\s+[\w:-]+(?:=(?:"[^"]*"|'[^']*'))?)*)\s*>|<\/details>/g
const ATTRIBUTE = /([\w:-]+)=(?:"([^"]*)"|'([^']*)')/g

/** A text in pieces: what is said, and what is folded. Folds that never end, and those within code, are text. */
export function foldsIn(text: string): (string | Fold)[] {
  const tags = text.includes('<details ') ? [...masked(text).matchAll(TAG)] : []
  const pieces: (string | Fold)[] = []
  let from = 0
  for (let at = 0; at < tags.length; at += 1) {
    const tag = tags[at]!
    const opening = openedBy(tag)
    if (opening === null) continue
    const end = endOf(tags, at)
    // Nothing is closed any more.
    if (end === null) break
    const inner = text.slice(tag.index + tag[0].length, tags[end]!.index)
    pieces.push(text.slice(from, tag.index), { ...opening, body: bodyOf(opening.type, inner) })
    from = tags[end]!.index + tags[end]![0].length
    at = end
  }
  return [...pieces, text.slice(from)].filter((piece) => piece !== '')
}

/** Only Open WebUI writes what a fold is for. */
function openedBy({ 0: tag, 1: written = '' }: RegExpExecArray): Omit<Fold, 'body'> | null {
  const attributes = new Map(
    [...written.matchAll(ATTRIBUTE)].map((match) => [match[1]!, unescaped(match[2] ?? match[3]!)]),
  )
  const type = attributes.get('type')
  return type === undefined ? null : { type, tag, attributes }
}

/** The tag that closes a fold; if what is within is not closed itself, the last one before the next fold. */
function endOf(tags: RegExpExecArray[], at: number): number | null {
  let depth = 1
  let last: number | null = null
  for (let next = at + 1; next < tags.length; next += 1) {
    const isClosing = tags[next]![1] === undefined
    if (isClosing) {
      depth -= 1
      last = next
      if (depth === 0) return next
    } else if (last !== null && openedBy(tags[next]!) !== null) return last
    else depth += 1
  }
  return last
}

/** The same text, as long, without the tags that are quoted or within code. */
function masked(text: string): string {
  const lines = text.replaceAll('`<', '` ').split('\n')
  let fence: { mark: string; at: number } | null = null
  const hide = (at: number) => {
    lines[at] = lines[at]!.replaceAll('<', ' ')
  }
  for (const [at, line] of lines.entries()) {
    const [mark] = /^(`{3,}|~{3,})/.exec(line.trim()) ?? []
    if (/^(>|&gt;)/.test(line)) hide(at)
    else if (mark === undefined) continue
    else if (fence === null) fence = { mark, at }
    else if (line.trim() === mark && mark.startsWith(fence.mark)) {
      for (let inside = fence.at + 1; inside < at; inside += 1) hide(inside)
      fence = null
    }
  }
  return lines.join('\n')
}

/** Code stands there as it is. */
function bodyOf(type: string, inner: string): string {
  const body = inner.replace(/^\s*<summary>[^]*?<\/summary>/, '').trim()
  return type === 'code_interpreter' ? body : plain(body)
}

/** Newer versions escape all of a body, older ones nothing; what is escaped has none of these signs. */
const plain = (body: string): string => (/[<>"']/.test(body) ? body : unescaped(body))

const signs: Record<string, string> = {
  '&lt;': '<',
  '&gt;': '>',
  '&quot;': '"',
  '&#x27;': "'",
  '&#39;': "'",
  '&apos;': "'",
  '&amp;': '&',
}

const unescaped = (text: string): string =>
  text.replaceAll(/&(?:lt|gt|quot|#x27|#39|apos|amp);/g, (sign) => signs[sign]!)
