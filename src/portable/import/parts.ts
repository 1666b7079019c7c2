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

/** What people call a kind of part. */
export const kindShown = (type: string): string =>
  type.replace(/^(?:input_|output_)?(image|audio|video|file|document).*/, '$1')

/** A picture that is in the file itself. Addresses of a program's own server lead nowhere from here. */
export const pictureAt = (url: unknown): Part[] =>
  textOf(url).startsWith('data:image/')
    ? [{ type: 'image_url', image_url: { url: textOf(url) } }]
    : []

/** What an archive holds beside its conversations. */
export interface FilesBeside {
  /** The file that a message names; null if there is none, which is noted. */
  find: (name: string | null, ...named: string[]) => { id: string; isPicture: boolean } | null
  /** The files that were not found since this was asked last. */
  missed: () => string[]
}

/** A file of the archive, by an id that whoever takes it in replaces by the file's own. */
export function inFile(
  pointer: unknown,
  files: FilesBeside | undefined,
  isPicture: boolean,
): Part[] {
  const address = textOf(pointer)
  if (!/^[a-z-]+:\/\/file[-_]/i.test(address)) return []
  const found = files?.find(null, address) ?? null
  if (found === null) return []
  const file = { file_id: found.id }
  return [
    isPicture || found.isPicture ? { type: 'image_url', image_url: file } : { type: 'file', file },
  ]
}

/** Where programs say which file it is. */
const PLACES = ['id', 'file_id', 'uuid', 'file_uuid', 'path', 'filepath', 'url']

/** A file that a message names, if the archive holds it. */
export function fileIn(file: Fields, files: FilesBeside | undefined): Part[] {
  const name = nameOf(file)
  const named = [file, fieldsOf(file['file'])]
    .flatMap((one) => PLACES.map((key) => textOf(one[key])))
    .filter((one) => one !== '' && !one.startsWith('data:'))
  if (files === undefined || (name === null && named.length === 0)) return []
  const found = files.find(name, ...named)
  if (found === null) return []
  if (found.isPicture) return [{ type: 'image_url', image_url: { file_id: found.id } }]
  return [{ type: 'file', file: { file_id: found.id, ...(name !== null && { filename: name }) } }]
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
  'workspaces',
  'app_name',
  'title',
  'name',
  'url',
  'error',
  'error_code',
  'text',
  'context_parts',
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
  'images',
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
