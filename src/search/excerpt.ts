import type { Word } from './parts.ts'
import type { Term } from './query.ts'
import { isAscii, wordsOf } from './words.ts'

/** A piece of a text, and which parts of it were looked for, in UTF-16 units. */
export interface Excerpt {
  text: string
  highlights: { start: number; end: number }[]
}

/** UTF-16 units before the first find, and in all; a title fits whole. */
const BEFORE = 60
const LENGTH = 260
const MOST_HIGHLIGHTS = 20

/** A longer text is only looked at around the first place that may be one. */
const LONG = 1_500
/** UTF-16 units before and after that. */
const NEAR = [200, 2 * LENGTH] as const

/** The first place of a text that has any of the terms; null if none has. */
export function excerptOf(text: string, terms: Term[]): Excerpt | null {
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

function excerptIn(whole: string, begin: number, end: number, terms: Term[]): Excerpt | null {
  const text = whole.slice(begin, end)
  const { words, apart } = wordsOf(text)
  const runs = [words, ...apart]
  const found = merged(terms.flatMap((term) => runs.flatMap((run) => placesOf(run, term))))
  const first = found[0]
  if (first === undefined) return null
  const [from, to] = frame(text, words, first)
  const lead = begin + from > 0 ? '…' : ''
  const tail = begin + to < whole.length ? '…' : ''
  const shift = lead.length - from
  return {
    text: lead + text.slice(from, to).replaceAll(/\s/g, ' ') + tail,
    highlights: found
      .filter(([start, end]) => start >= from && end <= to)
      .slice(0, MOST_HIGHLIGHTS)
      .map(([start, end]) => ({ start: start + shift, end: end + shift })),
  }
}

function placesOf(words: Word[], { words: parts, isPrefix, whole }: Term): [number, number][] {
  const places = placesOfPhrase(words, parts, isPrefix)
  return whole === null ? places : [...places, ...placesOfPhrase(words, [whole], isPrefix)]
}

function placesOfPhrase(words: Word[], wanted: string[], isPrefix: boolean): [number, number][] {
  const length = wanted.length
  const places: [number, number][] = []
  for (let at = 0; at + length <= words.length; at += 1) {
    if (!standsAt(words, at, wanted, isPrefix)) continue
    const last = words[at + length - 1]!
    // Of a pair of letters only the first one may have been looked for.
    const { to } = last.half && last.half.text === wanted.at(-1) ? last.half : last
    places.push([words[at]!.from, to])
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
function merged(places: [number, number][]): [number, number][] {
  const all: [number, number][] = []
  for (const [from, to] of places.toSorted((a, b) => a[0] - b[0] || a[1] - b[1])) {
    const last = all.at(-1)
    if (last && from <= last[1]) last[1] = Math.max(last[1], to)
    else all.push([from, to])
  }
  return all
}

/** Where an excerpt begins and ends: between words, never within a letter. */
function frame(text: string, words: Word[], [from, to]: [number, number]): [number, number] {
  if (text.length <= LENGTH) return [0, text.length]
  const earliest = from - BEFORE
  const start = earliest <= 0 ? 0 : (words.find((word) => word.from >= earliest)?.from ?? from)
  const latest = Math.max(start + LENGTH, to)
  if (latest >= text.length) return [start, text.length]
  const end = words.findLast((word) => word.to <= latest && word.to >= to)?.to ?? to
  return [start, end]
}
