import type { Hit } from '../contract/search.ts'
import type { Word } from './parts.ts'
import type { Term } from './query.ts'
import { isAscii, isAsciiOfWord, wordsOf } from './words.ts'

/** UTF-16 units before the first find, and in all; a title fits whole. */
const BEFORE = 60
const LENGTH = 260
const MOST_HIGHLIGHTS = 20

/** A longer text is only looked at around the first place that may be one. */
const LONG = 1_500
/** UTF-16 units before and after that. */
const NEAR = [200, 2 * LENGTH] as const

/** In JSON: written out, a single letter that takes two bytes would have all finds of a page take two bytes a letter. */
const DOTS = '\\u2026'

/** The first place of a text that has any of the terms, as a hit's `excerpt` in JSON; null if none has. */
export function excerptOf(text: string, terms: Term[]): string | null {
  const [from, to] = near(text, terms)
  const excerpt = excerptIn(text, from, to, terms)
  return excerpt ?? (to - from < text.length ? excerptIn(text, 0, text.length, terms) : null)
}

/** Where it pays to look first, between words. */
function near(text: string, terms: Term[]): [from: number, to: number] {
  if (text.length < LONG || !isAscii.test(text)) return [0, text.length]
  const small = text.toLowerCase()
  const places = terms
    .map(({ words: [first = ''] }) => small.indexOf(first))
    .filter((at) => at >= 0)
  if (places.length === 0) return [0, text.length]
  const [before, after] = NEAR
  const at = Math.min(...places)
  const end = text.indexOf(' ', at + after)
  return [at < before ? 0 : text.lastIndexOf(' ', at - before) + 1, end < 0 ? text.length : end]
}

function excerptIn(whole: string, begin: number, end: number, terms: Term[]): string | null {
  const text = whole.slice(begin, end)
  const { found, edges } = plainlyIn(text, terms) ?? within(text, terms)
  const first = found[0]
  if (first === undefined) return null
  const { from, to } = frame(text, edges, first)
  const isCutBefore = begin + from > 0
  const isCutAfter = begin + to < whole.length
  const shift = (isCutBefore ? 1 : 0) - from
  const highlights: Hit['excerpt']['highlights'] = found
    .filter((place) => place.from >= from && place.to <= to)
    .map((place) => ({ start: place.from + shift, end: place.to + shift }))
  // Few have any other than spaces.
  const plain = JSON.stringify(text.slice(from, to).replaceAll(/[^\S ]/g, ' ')).slice(1, -1)
  const shown = `${isCutBefore ? DOTS : ''}${plain}${isCutAfter ? DOTS : ''}`
  return `{"text":"${shown}","highlights":${JSON.stringify(highlights.slice(0, MOST_HIGHLIGHTS))}}`
}

/** From where to where, in UTF-16 units. */
interface Place {
  from: number
  to: number
}

/** Where something was found, and where words begin and end. */
interface Places {
  found: Place[]
  edges: {
    /** Where the first word begins that does not begin before a place. */
    from: (earliest: number) => number | undefined
    /** Where the last word ends that does not end after a place. */
    to: (latest: number) => number | undefined
  }
}

function within(text: string, terms: Term[]): Places {
  const { words, apart } = wordsOf(text)
  const runs = [words, ...apart]
  return {
    found: merged(terms.flatMap((term) => runs.flatMap((run) => placesOf(run, term)))),
    edges: {
      from: (earliest) => words.find((word) => word.from >= earliest)?.from,
      to: (latest) => words.findLast((word) => word.to <= latest)?.to,
    },
  }
}

/**
 * The same without cutting the text into words, for single words in a text of ASCII; null if that may not find all. Most
 * searches are such, and this is what they spend their time on.
 */
function plainlyIn(text: string, terms: Term[]): Places | null {
  const isPlain = terms.every(
    ({ words, isPrefix, whole }) => words.length === 1 && !isPrefix && whole === null,
  )
  if (!isPlain || !isAscii.test(text) || text.includes('_')) return null
  const small = text.toLowerCase()
  const isOfWord = (at: number) => isAsciiOfWord(text.charCodeAt(at))
  const found: Place[] = []
  for (const { words } of terms) {
    const word = words[0]!
    for (let at = small.indexOf(word); at >= 0; at = small.indexOf(word, at + word.length)) {
      const to = at + word.length
      // It may be a part of a name.
      if (isOfWord(at - 1) || isOfWord(to)) return null
      found.push({ from: at, to })
    }
  }
  return {
    found: merged(found),
    edges: {
      from: (earliest) => {
        let at = earliest
        while (isOfWord(at) && isOfWord(at - 1)) at += 1
        while (at < text.length && !isOfWord(at)) at += 1
        return at < text.length ? at : undefined
      },
      to: (latest) => {
        let at = latest
        while (isOfWord(at - 1) && isOfWord(at)) at -= 1
        while (at > 0 && !isOfWord(at - 1)) at -= 1
        return at > 0 ? at : undefined
      },
    },
  }
}

function placesOf(words: Word[], { words: parts, isPrefix, whole }: Term): Place[] {
  const places = placesOfPhrase(words, parts, isPrefix)
  return whole === null ? places : [...places, ...placesOfPhrase(words, [whole], isPrefix)]
}

function placesOfPhrase(words: Word[], wanted: string[], isPrefix: boolean): Place[] {
  const length = wanted.length
  const places: Place[] = []
  for (let at = 0; at + length <= words.length; at += 1) {
    if (!standsAt(words, at, wanted, isPrefix)) continue
    const last = words[at + length - 1]!
    // Of a pair of letters only the first one may have been looked for.
    const { to } = last.half && last.half.text === wanted.at(-1) ? last.half : last
    places.push({ from: words[at]!.from, to })
  }
  return places
}

function standsAt(words: Word[], at: number, wanted: string[], isPrefix: boolean): boolean {
  const last = wanted.length - 1
  for (let index = 0; index < last; index += 1) {
    if (words[at + index]!.text !== wanted[index]) return false
  }
  const { text } = words[at + last]!
  return isPrefix ? text.startsWith(wanted[last]!) : text === wanted[last]
}

/** In order, those that overlap or touch as one. */
function merged(places: Place[]): Place[] {
  const all: Place[] = []
  for (const { from, to } of places.toSorted((a, b) => a.from - b.from || a.to - b.to)) {
    const last = all.at(-1)
    if (last && from <= last.to) last.to = Math.max(last.to, to)
    else all.push({ from, to })
  }
  return all
}

/** Where an excerpt begins and ends: between words, never within a letter. */
function frame(text: string, edges: Places['edges'], { from, to }: Place): Place {
  if (text.length <= LENGTH) return { from: 0, to: text.length }
  const earliest = from - BEFORE
  const start = earliest <= 0 ? 0 : (edges.from(earliest) ?? from)
  const latest = Math.max(start + LENGTH, to)
  if (latest >= text.length) return { from: start, to: text.length }
  return { from: start, to: Math.max(edges.to(latest) ?? to, to) }
}
