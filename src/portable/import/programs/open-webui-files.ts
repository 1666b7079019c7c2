import type { Part } from '../../../contract/part.ts'
import { type FilesBeside, fileIn, fileNamed, nameOf, pictureAt, sourcesIn } from '../parts.ts'
import { type Fields, fieldsOf, idOf, listOf, textOf } from '../values.ts'

/** The pictures and files that are here, and the names of the others. */
export function readFiles(
  message: Fields,
  beside?: FilesBeside,
): { pictures: Part[]; names: string[] } {
  const files = listOf(message['files'])
    .map(fieldsOf)
    .map((file) => {
      const picture = file['type'] === 'image' ? pictureAt(file['url']) : []
      return { file, parts: picture.length > 0 ? picture : fileIn(file, beside) }
    })
  const others = files.filter(({ parts }) => parts.length === 0)
  return {
    pictures: files.flatMap(({ parts }) => parts),
    names: others.map(({ file }) => nameOf(file) ?? idOf(file['type']) ?? 'file'),
  }
}

const citedIn = (message: Fields): unknown[] => [
  ...listOf(message['sources']),
  ...listOf(message['citations']),
]

/** The pages that an answer was given with, and the names of files; their texts stay beside it. */
export const sourcesOf = (message: Fields): Part[] => [...pagesOf(message), ...filesOf(message)]

const isPage = (value: unknown): boolean => /^https?:/i.test(textOf(value))

function filesOf(message: Fields): Part[] {
  const names = citedIn(message).flatMap((cited) => {
    const { source, metadata } = fieldsOf(cited)
    const { name, url } = fieldsOf(source)
    const places = listOf(metadata).map((one) => fieldsOf(one)['source'])
    return [url, name, ...places].some(isPage) ? [] : (idOf(name) ?? [])
  })
  return [...new Set(names)].slice(0, MOST_FILES).map(fileNamed)
}

/** A message has room for no more beside its pages. */
const MOST_FILES = 20

const pagesOf = (message: Fields): Part[] =>
  sourcesIn(
    citedIn(message).flatMap((cited) => {
      const { source, metadata } = fieldsOf(cited)
      const { name } = fieldsOf(source)
      const pages = listOf(metadata).map((one) => {
        const { url, source: address, title } = fieldsOf(one)
        return { url: url ?? address, title: title ?? name }
      })
      return [source, ...pages]
    }),
  )
