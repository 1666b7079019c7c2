import type { Part } from '../../../contract/part.ts'
import { withDocuments } from '../documents.ts'
import { linked, withoutMarks } from '../marks.ts'
import { sourcesIn } from '../parts.ts'
import { type Fields, fieldsOf, idOf, listOf, textOf } from '../values.ts'
import { pagesOf, wordsIn } from './chatgpt-marks.ts'

/**
 * Where ChatGPT's answers cite something they hold marks: between U+E200 and U+E201 in newer ones, `【12†source】` in older
 * ones. U+E203 to U+E20F stand around what is highlighted.
 */
const NEWER = String.raw`\uE200[^\uE200\uE201]*\uE201|\uE200[^\uE200-\uE202]{0,40}\uE202[^\uE200\uE201]*$|[\uE200-\uE20F]`
const OLDER = String.raw`【\d+(?::\d+)?†[^】\n]*】`
const newer = new RegExp(`(?:${NEWER})+`, 'g')
const any = new RegExp(`(?:${NEWER}|${OLDER})+`, 'g')
const single = new RegExp(`${NEWER}|${OLDER}`, 'g')

/** Characters; what is longer is no mark of the older kind. */
const MARK_LENGTH = 200

interface Cited {
  text: string
  sources: Part[]
}

/** A text with what people read in the place of its marks, and where that comes from. What a person wrote is not asked. */
export function cited(text: string, metadata: Fields, role: string): Cited {
  const references = listOf(metadata['content_references']).map(fieldsOf)
  const citations = listOf(metadata['citations']).map(fieldsOf)
  const sources = sourcesIn([
    ...references.flatMap((reference) => [reference, ...pagesOf(reference)]),
    ...citations.map((citation) => citation['metadata']),
  ])
  // The results of tools number what they found in the older way.
  const isSaid = role === 'assistant'
  const marks = isSaid ? any : newer
  if (!text.match(marks)) return { text: isSaid ? withDocuments(text) : text, sources }
  const words = new Map<string, string>()
  const points = Array.from(text)
  for (const citation of citations) words.set(markOf(citation, points), wordsOfCitation(citation))
  for (const reference of references) {
    const { matched_text: matched, start_idx: start, end_idx: end } = reference
    const mark = textOf(matched) || markBetween(start, end, points)
    words.set(mark.trim(), wordsOfReference(reference) || wordsIn(mark.trim()))
  }
  const said = (mark: string) => words.get(mark) ?? wordsIn(mark)
  const wordsOf = (run: string) => words.get(run) ?? run.replaceAll(single, said)
  const read = withoutMarks(text, marks, wordsOf)
  return { text: isSaid ? withDocuments(read) : read, sources }
}

/** The mark of a citation: between its places, or by the number of what it cites. */
function markOf({ start_ix: start, end_ix: end, metadata }: Fields, points: string[]): string {
  const { cited_message_idx: number } = fieldsOf(fieldsOf(metadata)['extra'])
  return markBetween(start, end, points) || `【${idOf(number)}†source】`
}

/** A mark at its place, which counts characters; nothing if there is none. */
function markBetween(start: unknown, end: unknown, points: string[]): string {
  if (typeof start !== 'number' || typeof end !== 'number' || end - start > MARK_LENGTH) return ''
  const mark = points.slice(start, end).join('').trim()
  return /^[【\uE200]/.test(mark) ? mark : ''
}

function wordsOfCitation({ metadata }: Fields): string {
  const { url, title, name } = fieldsOf(metadata)
  return linked([{ url, title }]) || named(name)
}

function wordsOfReference(reference: Fields): string {
  const alt = textOf(reference['alt']).replaceAll(single, '')
  if (alt !== '') return alt
  const { type, name, title, url } = reference
  return (
    linked(pagesOf(reference)) ||
    linked([{ url, title: title ?? name }]) ||
    (type === 'file' ? named(name) : textOf(name))
  )
}

const named = (name: unknown): string => (textOf(name) === '' ? '' : `(${textOf(name)})`)
