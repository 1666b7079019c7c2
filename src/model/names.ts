import { isObject } from '../contract/json.ts'
import { ModelError, type Names } from './model.ts'
import { saidIn } from './thoughts.ts'
import { textOf } from './wanted-back.ts'

/** The longest line that is taken for a title by itself, in UTF-16 units. */
const PLAIN_TITLE = 120
const PLAIN_TOPIC = 60
/** How much of an answer is looked through for names. */
const LONGEST_ANSWER = 4_000

/**
 * The names in a model's answer: in two labelled lines, as it was asked for, with labels in another language, as JSON or
 * plainly. Throws `ModelError` if there is no title in it.
 */
export function namesIn(answer: string): Names {
  const text = plain(saidIn(answer)).slice(0, LONGEST_ANSWER)
  const names = ofJson(text) ?? ofTags(text) ?? ofLines(text)
  if (bare(names.title) !== '') return names
  throw new ModelError('failed', 'The model gave no title.')
}

/** The summary in a model's answer. */
export function summaryIn(answer: string): string {
  const text = plain(answer)
  const isDocument = text.startsWith('{') && text.endsWith('}')
  const values = Object.values((isDocument && objectIn(text)) || {}).filter(
    (value) => textOf(value) !== '',
  )
  return values.length === 1 ? textOf(values[0]) : text
}

const MOST_ENDS = 3
const END = /(?:<\|\w{1,40}\|>|<\/s>|<end_of_turn>)$/

/** What stands in a fence of code or in a tag, if all of it does, and without what ends a turn in some templates. */
function plain(text: string): string {
  let ended = text.trim()
  for (let left = MOST_ENDS; left > 0; left -= 1) ended = ended.replace(END, '').trimEnd()
  const said =
    /^<(answer|response|output|result|summary)>([\s\S]*?)<\/\1>$/i.exec(ended)?.[2] ?? ended
  return (/^\s*(`{3,}|~{3,})[^\n]*\n([\s\S]*?)\n?\s*\1\s*$/.exec(said)?.[2] ?? said).trim()
}

/** A text without marks: what is nothing else says nothing. */
const bare = (text: string): string => text.replaceAll(/[^\p{L}\p{N}\p{S}]/gu, '')

/** The document that a text is, in a few words if any. */
function objectIn(text: string): Record<string, unknown> | null {
  const json = /\{[\s\S]*\}/.exec(text)?.[0]
  if (json === undefined || bare(text.replace(json, '')).length > PLAIN_TITLE) return null
  try {
    const value: unknown = JSON.parse(json)
    if (!isObject(value)) return null
    const [only, ...others] = Object.values(value)
    return isObject(only) && others.length === 0 ? only : value
  } catch {
    return null
  }
}

function ofJson(text: string): Names | null {
  const value = objectIn(text)
  if (value === null) return ofBrokenJson(text)
  const fields = Object.entries(value).map(
    ([key, one]) => [key.toLowerCase(), textOf(Array.isArray(one) ? one[0] : one)] as const,
  )
  const named = (name: string) => fields.find(([key]) => key === name)?.[1]
  const [first = '', second = ''] = fields.map(([, one]) => one)
  return { title: named('title') ?? first, topic: named('topic') ?? second }
}

/** Small models write JSON with other quotation marks, with a comma too many, or without its end. */
function ofBrokenJson(text: string): Names | null {
  const named = (name: string) =>
    new RegExp(`["']${name}["']\\s*:\\s*(["'])(.*?)\\1\\s*(?=[,}\\n]|$)`, 'i').exec(text)?.[2]
  const title = text.includes('{') ? named('title') : undefined
  return title === undefined ? null : { title, topic: named('topic') ?? '' }
}

function ofTags(text: string): Names | null {
  const named = (name: string) =>
    new RegExp(`<${name}>([\\s\\S]*?)</${name}>`, 'i').exec(text)?.[1]?.trim()
  const title = named('title')
  return title === undefined ? null : { title, topic: named('topic') ?? '' }
}

/** One line for each name, however a model has put them on lines. */
const linesOf = (text: string): string[] =>
  (text.includes('\n') ? text : text.replaceAll('\\n', '\n'))
    .replaceAll(
      /[\s,;|]+(?=\**TOPIC\**\s*[:：])|\s*[,;|]\s*(?=topic\s*[:：])/gi,
      (space, at: number, all: string) =>
        /[,;|]/.test(space) || all.slice(at + space.length).startsWith('TOPIC') ? '\n' : space,
    )
    .replaceAll(
      /^(\W*(?:title|topic)\**)\s*(?:[-–—=]\s+|[:：]?\s*\n+(?!\W*(?:title|topic)\b))/gim,
      '$1: ',
    )
    .split('\n')
    .flatMap((line) => line.trim() || [])

function labelledIn(lines: string[]): { label: string; name: string }[] {
  return lines.flatMap((line) => {
    // In marks of Markdown or JSON, with the colon of any script.
    const [, label, name] =
      /^[^\p{L}]*(\p{L}[\p{L}\p{M} ]{0,23}?)[\s"'*_`]*[:：](?!\/\/)(.*)$/u.exec(line) ?? []
    return label === undefined ? [] : [{ label: label.toUpperCase(), name: unmarked(name!) }]
  })
}

function ofLines(text: string): Names {
  const lines = linesOf(text)
  const labelled = labelledIn(lines)
  const named = (label: string) => labelled.find((one) => one.label === label)?.name
  const topic = named('TOPIC')
  const longer =
    topic === undefined ? undefined : labelled.find((one) => one.label.endsWith(' TITLE'))
  const title = named('TITLE') ?? longer?.name
  if (title !== undefined || topic !== undefined) return { title: title ?? '', topic: topic ?? '' }
  return ofLabels(lines) ?? ofBlock(text) ?? ofPlain(lines)
}

/** Labels in any language: every line has one. */
function ofLabels(lines: string[]): Names | null {
  const labelled = labelledIn(lines)
  // A sentence that says what follows ends with a colon as well.
  const [first, second] = labelled.slice(labelled.length > 2 && labelled[0]!.name === '' ? 1 : 0)
  if (!first || !second || labelled.length !== lines.length) return null
  return { title: first.name, topic: second.name }
}

/** Two such lines, with something said before or behind them. */
function ofBlock(text: string): Names | null {
  const blocks = text.split(/\n\s*\n/).map((block) => linesOf(block))
  const block = blocks.length > 1 ? blocks.find((one) => one.length === 2 && ofLabels(one)) : null
  return block ? ofLabels(block) : null
}

const PREAMBLE = /^(?:sure|certainly|of course|okay|here|the title)\b[^:：]{0,60}[:：]\s*(?=\S)/i

function ofPlain(lines: string[]): Names {
  const said = lines.length > 1 && /[:：]$/.test(lines[0]!) ? lines.slice(1) : lines
  const [alone = '', under = ''] = said
  // More is no name, but an answer to something else.
  if (alone.length > PLAIN_TITLE || said.length > 2) return { title: '', topic: '' }
  const title = unmarked(alone.replace(PREAMBLE, ''))
  return { title, topic: under.length > PLAIN_TOPIC ? '' : unmarked(under) }
}

/** Without what a line of JSON ends with. */
const unmarked = (text: string): string =>
  text
    .trim()
    .replace(/,$/, '')
    .replaceAll(/^[*_`"'\s]+|[*_`"'\s]+$/g, '')
