import type { Part } from '../../../contract/part.ts'
import { type FilesBeside, fileIn, nameOf, pictureAt, sourcesIn } from '../parts.ts'
import { type Fields, fieldsOf, idOf, listOf } from '../values.ts'

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

/** The pages that an answer was given with; their texts stay beside it. */
export const sourcesOf = (message: Fields): Part[] =>
  sourcesIn(
    [...listOf(message['sources']), ...listOf(message['citations'])].flatMap((cited) => {
      const { source, metadata } = fieldsOf(cited)
      const { name } = fieldsOf(source)
      const pages = listOf(metadata).map((one) => {
        const { url, source: address, title } = fieldsOf(one)
        return { url: url ?? address, title: title ?? name }
      })
      return [source, ...pages]
    }),
  )
