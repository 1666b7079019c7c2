import type { Part } from '../../contract/part.ts'
import { type Fields, fieldsOf, idOf, isFields, listOf, textOf } from './values.ts'

/** Sources that one message names as parts: it may have 100 parts, and thoughts and pictures are parts too. */
const MOST_SOURCES = 60

/** The parts of a message whose text is not all: that text first. */
export const withText = (text: string, others: Part[]): Part[] | null =>
  others.length === 0
    ? null
    : [...(text === '' ? [] : [{ type: 'text' as const, text }]), ...others]

/** A file that is not in the export: people see its name. */
export const fileNamed = (filename: string): Part => ({ type: 'file', file: { filename } })

/** The names of files in the place of a text; null if there are no files. */
export const placeholderOf = (names: string[]): string | null =>
  names.length === 0 ? null : `[${names.join(', ')}]`

/** A picture that is in the file itself. Addresses of a program's own server lead nowhere from here. */
export const pictureAt = (url: unknown): Part[] =>
  textOf(url).startsWith('data:image/')
    ? [{ type: 'image_url', image_url: { url: textOf(url) } }]
    : []

/** The id of the picture in the archive that a pointer names; null if it holds none. */
export type FileAt = (pointer: string) => string | null

/** A picture of the archive, by an id that whoever takes it in replaces by the file's own. */
export function inFile(pointer: unknown, fileAt: FileAt | undefined): Part[] {
  const id = fileAt?.(textOf(pointer)) ?? null
  return id === null ? [] : [{ type: 'image_url', image_url: { file_id: id } }]
}

/** A picture as the APIs of OpenAI and Anthropic have it in a list of parts. */
export function pictureIn(part: Fields): Part[] {
  const { image_url: image, source } = part
  const inSource = fieldsOf(source)
  const data = textOf(inSource['data'])
  if (data !== '') return pictureAt(`data:${textOf(inSource['media_type'])};base64,${data}`)
  return pictureAt(isFields(image) ? image['url'] : (image ?? part['url']))
}

/** Where something comes from, each address once. */
export function sourcesIn(values: unknown[]): Part[] {
  const sources = new Map<string, Part>()
  for (const value of values) {
    const { url, title, name } = fieldsOf(value)
    const address = textOf(url)
    if (!/^https?:\/\//i.test(address) || sources.has(address)) continue
    const named = idOf(title, name)
    sources.set(address, { type: 'source', url: address, ...(named !== null && { title: named }) })
  }
  return [...sources.values()].slice(0, MOST_SOURCES)
}

/** Where a value of no known form may have words, in the order of reading. */
const KEYS = [
  'title',
  'name',
  'url',
  'error',
  'error_code',
  'text',
  'output_str',
  'stdout',
  'stderr',
  'output',
  'logs',
  'result',
  'summary',
  'message',
  'content',
  'link',
  'state',
  'json_block',
  'table',
]

/** The words of a value of no known form, each part of it on lines of its own. */
export function wordsOf(value: unknown): string {
  if (typeof value === 'string') return value
  if (typeof value === 'number') return String(value)
  const inner = isFields(value) ? [...KEYS.map((key) => value[key]), dataOf(value)] : listOf(value)
  return inner
    .map(wordsOf)
    .filter((words) => words !== '')
    .join('\n')
}

/** The text of a document that a tool fetched. */
function dataOf({ source }: Fields): string {
  const { type, data } = fieldsOf(source)
  return type === 'text' ? textOf(data) : ''
}

/** The name of a file that is only referred to, in whichever field a program puts that. */
export const nameOf = (file: Fields): string | null =>
  idOf(file['filename'], file['file_name'], file['name'], fieldsOf(file['file'])['filename'])
