import { piecesOf } from './words.ts'

/** What has to stand in a text: words, one right after the other. */
export interface Term {
  words: string[]
  /** Whether the last one may go on. */
  isPrefix: boolean
  /** All of them in one word, if they are the parts of one: that is as good. */
  whole: string | null
}

export interface Query {
  /** All of these, and none of those. */
  wanted: Term[]
  unwanted: Term[]
}

/** UTF-16 units and words of a query: no person types more, and each word is a walk through the index. */
export const QUERY_LENGTH = 1_000
export const QUERY_TERMS = 32

// A quotation that is never closed goes to the end.
const TERM = /(-?)"([^"]*)(?:"|$)(\*?)|(-?)(\S+?)(\*?)(?=\s|$)/gu

/** Reads what somebody typed. Nothing of it is an error: what has no word in it asks for nothing. */
export function queryOf(typed: string): Query {
  const query: Query = { wanted: [], unwanted: [] }
  for (const [, notThis, phrase, goesOn, not, word, star] of typed.matchAll(TERM)) {
    const term = termOf(phrase ?? word ?? '', goesOn === '*' || star === '*')
    if (term.words.length === 0) continue
    query[notThis === '-' || not === '-' ? 'unwanted' : 'wanted'].push(term)
  }
  return query
}

function termOf(text: string, isPrefix: boolean): Term {
  const pieces = [...piecesOf(text)]
  const last = pieces.at(-1)
  const words = pieces.flatMap((piece) =>
    piece === last ? piece.words.slice(0, piece.open) : piece.words,
  )
  // A name by itself is its parts too. Among others it is one word, as in the index.
  const isName = pieces.length === 1 && last !== undefined && last.parts.length > 0
  return {
    words: (isName ? last.parts : words).map((word) => word.text),
    isPrefix: isPrefix || (last?.isPrefix ?? false),
    whole: isName ? words[0]!.text : null,
  }
}

/** The query in the language of the index, over some of its columns. Words have no quotes in them, so nothing typed is syntax. */
export function matchOf({ wanted, unwanted }: Query, columns: readonly string[]): string {
  const all = wanted.map(quoted).join(' AND ')
  const none = unwanted.map(quoted).join(' OR ')
  return `{${columns.join(' ')}} : (${none === '' ? all : `(${all}) NOT (${none})`})`
}

function quoted({ words, isPrefix, whole }: Term): string {
  const parts = phrase(words, isPrefix)
  return whole === null ? parts : `(${parts} OR ${phrase([whole], isPrefix)})`
}

const phrase = (words: string[], isPrefix: boolean): string =>
  `"${words.join(' ')}"${isPrefix ? ' *' : ''}`
