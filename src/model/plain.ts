import { isObject } from '../contract/json.ts'

/** The longest text in which a document is looked for that stands among words, in UTF-16 units of those. */
const WORDS_AROUND = 120
/** The longest text that is nothing but a refusal. */
const LONGEST_REFUSAL = 300
const MOST_ENDS = 3
const TOKEN = /<[|｜][\w▁]{1,40}[|｜]>/
/** What begins a turn in some templates, and names who speaks. */
const START = new RegExp(
  `^(?:(?:${TOKEN.source}\\s*(?:(?:assistant|final)(?=\\s*(?:<|\\n)))?|assistant:)\\s*)+(?=\\S)`,
  'i',
)
const END = new RegExp(`(?:${TOKEN.source}|</s>|<end_of_turn>)$`)

/** What stands in a fence of code or in a tag, if all of it does, and without what begins and ends a turn in some templates. */
export function plain(text: string): string {
  let ended = text.trim().replace(START, '')
  for (let left = MOST_ENDS; left > 0; left -= 1) ended = withoutEnd(ended)
  const said =
    /^<(answer|response|output|result|summary)>([\s\S]*?)<\/\1>$/i.exec(ended)?.[2] ?? ended
  return (/^\s*(`{3,}|~{3,})[^\n]*\n([\s\S]*?)\n?\s*\1\s*$/.exec(said)?.[2] ?? said).trim()
}

/** Without a token that ends a turn. */
export const withoutEnd = (text: string): string => text.replace(END, '').trimEnd()

const PAIRS = ['""', "''", '“”', '„“', '‘’', '«»', '‹›', '「」', '『』', '《》']
/** Apostrophes are no quotation marks. */
const APOSTROPHE = /(?<=\p{L})['’](?=\p{L})/gu

/** Without quotation marks around all of it, or one whose other half is missing. */
export function withoutQuotes(text: string): string {
  const inner = text.slice(1, -1)
  const within = inner.replaceAll(APOSTROPHE, '')
  const isQuoted = PAIRS.some(
    ([open, close]) =>
      text.length > 1 &&
      text.startsWith(open!) &&
      text.endsWith(close!) &&
      !within.includes(open!) &&
      !within.includes(close!),
  )
  if (isQuoted) return inner.trim()
  const isHalf = [...text.matchAll(/["“”„«»]/g)].length === 1
  return isHalf ? text.replaceAll(/^["“”„«»]|["“”„«»]$/g, '').trim() : text
}

/** A text without marks: what is nothing else says nothing. */
export const bare = (text: string): string => text.replaceAll(/[^\p{L}\p{N}\p{S}]/gu, '')

/** Whether a text says nothing, if in words. */
export const isNothing = (text: string): boolean => /^(|na|none|null|undefined)$/i.test(bare(text))

/** How models begin that refuse, in the languages that Hilo speaks. */
const REFUSING =
  /^(?:as an ai|(?:i['’]?m |i am )?(?:so |very )?sorry|unfortunately|i(?:['’]m| am|) (?:can['’]?t|can ?not|won['’]t|unable|not able)|lo siento|lamentablemente|no puedo)\b/i
/** What they refuse to do: people can't do other things. */
const REFUSED =
  /\b(?:an ai|help|assist|comply|provide|fulfil|create|generate|summari[sz]e|(?:do|with) (?:that|this)|request|ayudar|ayudarte|cumplir|crear|generar|resumir|solicitud|hacerlo)\b/i

/** Whether a text is nothing but a refusal. */
export const isRefusal = (text: string): boolean =>
  text.length <= LONGEST_REFUSAL && REFUSING.test(text.trim()) && REFUSED.test(text)

/** The document that a text is, in a few words if any. */
export function objectIn(text: string): Record<string, unknown> | null {
  const json = /\{[\s\S]*\}/.exec(text)?.[0]
  if (json === undefined || bare(text.replace(json, '')).length > WORDS_AROUND) return null
  try {
    const value: unknown = JSON.parse(json)
    if (!isObject(value)) return null
    const [only, ...others] = Object.values(value)
    return isObject(only) && others.length === 0 ? only : value
  } catch {
    return null
  }
}
