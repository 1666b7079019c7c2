import { isObject } from '../contract/json.ts'
import { ModelError, type Names } from './model.ts'
import { saidIn } from './thoughts.ts'
import { textOf } from './wanted-back.ts'

/** The longest line that is taken for a title by itself, in UTF-16 units. */
const PLAIN_TITLE = 120
const PLAIN_TOPIC = 60

/**
 * The names in a model's answer: in two labelled lines, as it was asked for, with labels in another language, as JSON or
 * plainly. Throws `ModelError` if there is no title in it.
 */
export function namesIn(answer: string): Names {
  const text = unfenced(saidIn(answer))
  const names = ofJson(text) ?? ofLines(text)
  if (bare(names.title) !== '') return names
  throw new ModelError('failed', 'The model gave no title.')
}

/** What stands in a fence of code, if all of it does. */
export const unfenced = (text: string): string =>
  (/^\s*(`{3,}|~{3,})[^\n]*\n([\s\S]*?)\n?\s*\1\s*$/.exec(text)?.[2] ?? text).trim()

/** A text without marks: what is nothing else says nothing. */
const bare = (text: string): string => text.replaceAll(/[^\p{L}\p{N}\p{S}]/gu, '')

function ofJson(text: string): Names | null {
  const json = /\{[\s\S]*\}/.exec(text)?.[0]
  if (json === undefined || bare(text.replace(json, '')).length > PLAIN_TITLE) return null
  let value: unknown
  try {
    value = JSON.parse(json)
  } catch {
    return null
  }
  if (!isObject(value)) return null
  const fields = Object.entries(value).map(
    ([key, one]) => [key.toLowerCase(), textOf(one)] as const,
  )
  const named = (name: string) => fields.find(([key]) => key === name)?.[1]
  const [first = '', second = ''] = fields.map(([, one]) => one)
  return { title: named('title') ?? first, topic: named('topic') ?? second }
}

function ofLines(text: string): Names {
  const lines = text.split('\n').flatMap((line) => line.trim() || [])
  const labelled = lines.flatMap((line) => {
    // In marks of Markdown or JSON, with the colon of any script.
    const [, label, name] =
      /^[^\p{L}]*(\p{L}[\p{L}\p{M} ]{0,23}?)[\s"'*_`]*[:：](?!\/\/)(.*)$/u.exec(line) ?? []
    return label === undefined ? [] : [{ label: label.toUpperCase(), name: unmarked(name!) }]
  })
  const named = (label: string) => labelled.find((one) => one.label === label)?.name
  const [title, topic] = [named('TITLE'), named('TOPIC')]
  if (title !== undefined || topic !== undefined) return { title: title ?? '', topic: topic ?? '' }
  const [first, second] = labelled
  if (first && second && labelled.length === lines.length) {
    return { title: first.name, topic: second.name }
  }
  const [plain = '', under = ''] = lines
  // More is no name, but an answer to something else.
  if (plain.length > PLAIN_TITLE || lines.length > 2) return { title: '', topic: '' }
  return { title: unmarked(plain), topic: under.length > PLAIN_TOPIC ? '' : unmarked(under) }
}

/** Without what a line of JSON ends with. */
const unmarked = (text: string): string =>
  text
    .trim()
    .replace(/,$/, '')
    .replaceAll(/^[*_`"'\s]+|[*_`"'\s]+$/g, '')
