import { isObject } from '../contract/json.ts'
import { ModelError, type Names } from './model.ts'
import { isNothing, isRefusal, objectIn, plain, withoutEnd, withoutQuotes } from './plain.ts'
import { withoutThoughts } from './thoughts.ts'
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
  const text = plain(withoutThoughts(answer)).slice(0, LONGEST_ANSWER)
  const { title, topic } = namesOf(text)
  if (!isNothing(title)) return { title, topic: isNothing(topic) ? '' : topic }
  throw new ModelError('failed', 'The model gave no title.')
}

function namesOf(text: string): Names {
  const found = ofJson(text) ?? ofTags(text) ?? ofLines(text)
  const topic = found.topic.replace(/^\W*topic\s*[:：]\s*/i, '')
  // A title with its label is a form in another form.
  if (!/^\W*title\s*[:：]/i.test(found.title)) return { ...found, topic }
  const inner = ofLines(found.title)
  return { title: inner.title, topic: topic || inner.topic }
}

function ofJson(text: string): Names | null {
  const whole = objectIn(text)
  if (whole === null) return ofBrokenJson(text)
  const hasTitle = (one: object) => Object.keys(one).some((key) => key.toLowerCase() === 'title')
  const value = [whole, ...Object.values(whole).filter(isObject)].find(hasTitle) ?? whole
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
    new RegExp(`(?:^|[{,\\s])["']?${name}["']?\\s*:\\s*(["'])(.*?)\\1\\s*(?=[,}\\n]|$)`, 'i').exec(
      text,
    )?.[2]
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
    .replaceAll(/<br *\/?>/gi, '\n')
    .replaceAll(/[\s,;|/·•–—-]+(?=\**topic\**\s*[:：])/gi, (space, at: number, all: string) =>
      isBetween(space, all.slice(at + space.length), all) ? '\n' : space,
    )
    .replaceAll(
      /^(\W*(?:title|topic)\**)\s*(?:[\]>→]+(?!\s*[:：])\s*|[-–—=]\s+|[:：]?\s*\n+(?!\W*(?:title|topic)\b))/gim,
      '$1: ',
    )
    .replace(/^(\W*TITLE) +(?![:：])([^\n]*\n\W*TOPIC) +(?![:：])/, '$1: $2: ')
    .split('\n')
    .flatMap((line) => line.trim() || [])

/** Whether what stands in front of a second name on the same line tells it from the first. */
const isBetween = (space: string, topic: string, all: string): boolean =>
  /[,;|·•]|\s[/–—-]\s/.test(space) ||
  /^\**TOPIC/.test(topic) ||
  (!/topic\W.*topic/is.test(all) && /^\W*title\W/i.test(all) && /^\**Topic/.test(topic))

function labelledIn(lines: string[]): { label: string; name: string }[] {
  return lines.flatMap((line) => {
    // In marks of Markdown or JSON, with the colon of any script.
    const [, label, name] =
      /^[^\p{L}]*(\p{L}[\p{L}\p{M} ]{0,31}?)[\s"'*_`]*[:：](?!\/\/)(.*)$/u.exec(line) ?? []
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
  if (title === undefined && topic === undefined) {
    return ofLabels(lines) ?? ofBlock(text) ?? ofPlain(lines)
  }
  return { title: title ?? otherThan('TOPIC', lines), topic: topic ?? topicBeside(lines) }
}

/** What the only other line says: its label is in another language, or left out. */
function otherThan(label: string, lines: string[]): string {
  const others = lines.filter((line) => labelledIn([line])[0]?.label !== label)
  if (others.length !== 1) return ''
  const [line = ''] = others
  return labelledIn([line])[0]?.name ?? plainTitle(line)
}

/** The same of a topic, if it is one. */
function topicBeside(lines: string[]): string {
  const [, second] = lines.length === 2 ? labelledIn(lines) : []
  return second && second.name.split(/\s+/).length <= MOST_TOPIC_WORDS ? second.name : ''
}

const MOST_TOPIC_WORDS = 4

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
  if (said.length > 2) return { title: '', topic: '' }
  return { title: plainTitle(alone), topic: under.length > PLAIN_TOPIC ? '' : unmarked(under) }
}

/** More is no name, but an answer to something else. */
function plainTitle(line: string): string {
  if (line.length > PLAIN_TITLE || isRefusal(line)) return ''
  return unmarked(line.replace(PREAMBLE, ''))
}

/** Without what a line of JSON, of Markdown or of a turn begins and ends with. */
function unmarked(line: string): string {
  const ended = withoutEnd(line.trim()).replace(/^#{1,6}\s+|[,\\]$/g, '')
  return withoutQuotes(ended.replaceAll(/^[*_`\s]+|[*_`\s]+$/g, ''))
}
