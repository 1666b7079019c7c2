/**
 * Cuts text into the words that are searched for, in any script. An index and a query cut in the same way, so what one
 * wrote is what the other finds. The ways of each script:
 *
 * - case, width, accents and vowel marks that people leave out make no difference; the marks that make another letter
 *   (of Indic scripts, of kana) do;
 * - scripts without spaces between words become overlapping pairs, and the last letter by itself: `北京` is found by any
 *   part of it;
 * - a run is cut where such a script meets another: `修改youer服务端`;
 * - `camelCase`, `snake_case` and `Server2Go` are one word among the others, however they are written; apart from those
 *   stand their parts, and what adjacent parts make together: so `username` finds `getUserName`;
 * - each emoji is a word.
 */

import { type Word, atDigits, joinsOf, partsOf } from './parts.ts'

/** One run of letters: what it becomes in an index, and what it becomes at the end of a query. */
export interface Piece {
  /** As it stands among others: a name is one word. */
  words: Word[]
  /** How many of its words a query that ends here has: in the index more letters may follow. */
  open: number
  /** Whether the last of these may go on with more letters. */
  isPrefix: boolean
  /** The parts of a name, and what adjacent ones make together, without the whole. */
  parts: Word[]
  joins: Word[]
}

/** A longer one is cut: it is no word, and nobody looks for a part of it. */
const LONGEST = 64

const SPACELESS =
  '\\p{sc=Han}\\p{sc=Hira}\\p{sc=Kana}\\p{sc=Bopo}\\p{sc=Hang}\\p{sc=Thai}\\p{sc=Laoo}\\p{sc=Khmr}\\p{sc=Mymr}\\u30fc\\uff70'
const isSpaceless = new RegExp(`^[${SPACELESS}]`, 'u')

// Zero-width signs and soft hyphens stand within words, tatweel stretches one.
const RUN =
  /\p{Regional_Indicator}{2}|\p{Extended_Pictographic}|[\p{L}\p{N}\p{M}_\u00ad\u200b-\u200f\u2060\ufeff]+/gu
const isPicture = /^[\p{Extended_Pictographic}\p{Regional_Indicator}]/u

// The same in a text of ASCII alone: what each sign is to a word.
const NONE = 0
const CAPITAL = 1
const UNDERSCORE = 2
const OTHER = 4
const SIGNS = Uint8Array.from({ length: 128 }, (_, code) => {
  const sign = String.fromCharCode(code)
  if (/[A-Z]/.test(sign)) return CAPITAL
  if (sign === '_') return UNDERSCORE
  return /\w/.test(sign) ? OTHER : NONE
})

// What is one letter to people, so that a place in a text never lies within one.
const LETTER =
  /[\u1100-\u115f][\u1160-\u11a7][\u11a8-\u11ff]?|[\uff66-\uff9d][\uff9e\uff9f]|\P{M}\p{M}*|\p{M}+/gu
// All marks but those of scripts in which they are letters of their own, and the two of kana.
const OPTIONAL =
  /[\u0640\u00ad\u200b-\u200f\u2060\ufeff]|\u093c|\u09bc|\u0a3c|\u0b3c|(?![\u3099\u309a])[\p{sc=Zinh}\p{sc=Arab}\p{sc=Hebr}\p{sc=Latn}\p{sc=Grek}\p{sc=Cyrl}\p{sc=Syrc}](?<=\p{M})/gu
const LIGATURES: Record<string, string> = {
  ß: 'ss',
  æ: 'ae',
  œ: 'oe',
  ø: 'o',
  đ: 'd',
  ð: 'd',
  þ: 'th',
  ł: 'l',
  ı: 'i',
  ς: 'σ',
}
const LIGATURE = /[ßæœøđðþłıς]/g

/** What most words of most texts are: one word, and nothing to be done about it. */
const isPlainWord = /^(?:[A-Z]?[a-z\d]{1,63}|[A-Z\d]{1,64})$/
export const isAscii = /^[\0-\x7f]*$/

/** A letter in its plain form, in its own case; empty if it has none, null if it is no letter there. */
interface Plain {
  text: string
  isSpaceless: boolean
}

const known = new Map<string, Plain | null>()
const MOST_KNOWN = 10_000

function plain(letter: string): Plain | null {
  const found = known.get(letter)
  if (found !== undefined) return found
  const text = letter.normalize('NFKD').replaceAll(OPTIONAL, '').normalize('NFC')
  // Some signs stand for several words in their plain form.
  const made = /[^\p{L}\p{N}\p{M}_]/u.test(text)
    ? null
    : { text, isSpaceless: isSpaceless.test(text) }
  if (known.size >= MOST_KNOWN) known.clear()
  known.set(letter, made)
  return made
}

/** In small letters. Some have a mark then that their capital had not. */
const small = (text: string): string =>
  isAscii.test(text)
    ? text.toLowerCase()
    : text
        .toLowerCase()
        .replaceAll('\u0307', '')
        .replaceAll(LIGATURE, (letter) => LIGATURES[letter] ?? letter)

/** All pieces of a text, one after the other. */
export function* piecesOf(text: string): Generator<Piece> {
  for (const { 0: run, index } of text.matchAll(RUN)) yield* piecesIn(run, index)
}

function* piecesIn(run: string, at: number): Generator<Piece> {
  if (isPlainWord.test(run)) yield closed([plainWord(run, at)])
  else if (isAscii.test(run)) yield* spaced(asciiLetters(run, at))
  else if (isPicture.test(run)) yield closed([{ text: run, from: at, to: at + run.length }])
  else yield* mixed(run, at)
}

const plainWord = (run: string, from: number): Word => ({
  text: run.toLowerCase(),
  from,
  to: from + run.length,
})

/** The words of a text as they stand in an index: one after the other, and apart from these the parts of names. */
export function wordsOf(text: string): { words: Word[]; apart: Word[][] } {
  const words: Word[] = []
  const apart: Word[][] = []
  const take = (run: string, at: number): void => {
    // Most are such, and each piece takes as long as the word in it.
    if (isPlainWord.test(run)) return void words.push(plainWord(run, at))
    for (const { words: some, parts, joins } of piecesIn(run, at)) {
      words.push(...some)
      if (parts.length > 0) apart.push(parts)
      for (const join of joins) apart.push([join])
    }
  }
  if (isAscii.test(text)) takeAscii(text, words, take)
  else for (const { 0: run, index } of text.matchAll(RUN)) take(run, index)
  return { words, apart }
}

/** Whether a sign of ASCII may stand in a word; NaN is none. */
export const isAsciiOfWord = (code: number): boolean => (SIGNS[code] ?? NONE) !== NONE

/** Adds the plain words of a text of ASCII, which most of it are, and has all other runs taken apart. */
function takeAscii(text: string, words: Word[], take: (run: string, at: number) => void): void {
  const small = text.toLowerCase()
  let from = -1
  let isPlain = true
  for (let at = 0; at <= text.length; at += 1) {
    const sign = at < text.length ? SIGNS[text.charCodeAt(at)] : NONE
    if (sign !== NONE) {
      isPlain = from < 0 ? sign !== UNDERSCORE : isPlain && sign === OTHER
      if (from < 0) from = at
    } else if (from >= 0) {
      if (isPlain && at - from < LONGEST) words.push({ text: small.slice(from, at), from, to: at })
      else take(text.slice(from, at), from)
      from = -1
    }
  }
}

const closed = (words: Word[]): Piece => ({
  words,
  open: words.length,
  isPrefix: false,
  parts: [],
  joins: [],
})

const asciiLetters = (run: string, at: number): Word[] =>
  Array.from(run, (text, index) => ({ text, from: at + index, to: at + index + 1 }))

/** Where scripts with and without spaces meet, one run ends and another begins. */
function* mixed(run: string, at: number): Generator<Piece> {
  let letters: Word[] = []
  let areSpaceless = false
  for (const { 0: letter, index } of run.matchAll(LETTER)) {
    const made = plain(letter)
    if (made === null) continue
    const [from, to] = [at + index, at + index + letter.length]
    if (made.text === '') {
      const last = letters.at(-1)
      if (last) last.to = to
      continue
    }
    if (letters.length > 0 && made.isSpaceless !== areSpaceless) {
      yield* areSpaceless ? [pairs(letters)] : spaced(letters)
      letters = []
    }
    areSpaceless = made.isSpaceless
    letters.push({ text: made.text, from, to })
  }
  if (letters.length > 0) yield* areSpaceless ? [pairs(letters)] : spaced(letters)
}

/** Overlapping pairs, and the last letter. */
function pairs(letters: Word[]): Piece {
  const words = letters.map((letter, index) => {
    const next = letters[index + 1]
    if (next === undefined) return letter
    const { text, from, to } = letter
    return { text: text + next.text, from, to: next.to, half: { text, to } }
  })
  // By one letter all pairs that begin with it are found, and the last letter itself.
  const open = Math.max(1, words.length - 1)
  return { words, open, isPrefix: words.length === 1, parts: [], joins: [] }
}

function* spaced(letters: Word[]): Generator<Piece> {
  const isShort = letters.length <= LONGEST
  const parts = partsOf(letters, isShort)
  // Where there is nothing else to cut at, digits belong to their word, as in `mp3`.
  const words = (isShort && parts.length > 1 ? parts.flatMap(atDigits) : parts).flatMap(cut)
  if (words.length === 0) return
  const joins = words.length > 1 && isShort ? joinsOf(words) : []
  const whole = joins.pop()
  yield whole ? { ...closed([whole]), parts: words, joins } : closed(words)
}

/** One word of some letters; several if they are too many. */
function cut(letters: Word[]): Word[] {
  const words: Word[] = []
  for (let at = 0; at < letters.length; at += LONGEST) {
    const some = letters.slice(at, at + LONGEST)
    const text = small(some.map((letter) => letter.text).join(''))
    words.push({ text, from: some[0]?.from ?? 0, to: some.at(-1)?.to ?? 0 })
  }
  return words
}

/** Before what follows on nothing. In no text is this a word. */
const APART = '\ue000'

/** A text as an index takes it: its words, with spaces between them, and the parts of its names after all of them. */
export function indexed(text: string): string {
  const { words, apart } = wordsOf(text)
  const names = apart.flatMap((run) => [APART, ...run.map((word) => word.text)])
  return [...words.map((word) => word.text), ...names].join(' ')
}
