import { type Fields, fieldsOf, listOf, textOf } from '../values.ts'

/** Things that were done with the program, and not said to it. */
export const done =
  /^(Created|Used|Added|Gave|Selected|Shared|Deleted|Viewed|Visited|Edited|Pinned|Renamed) /

/** What stands before a prompt in the title of its activity. */
export const asking = /^(?:Prompted with: |Asked (?:Gemini|Bard): |Prompted |Asked |Said )/
/** Those that an activity is not named by. */
export const alsoAsking =
  /^(?:Branched |Answered |Live Prompt |Prompt\s?: ?|Eingegebener Prompt: |送信したメッセージ: ?|Запит: |Запрос: |Prompted$)/

/** What was attached to a prompt: the name that it had, and the one that it has in the archive. */
export function attachedTo(activity: Fields): { name: string; path: string }[] {
  const { attachedFiles: files, imageFile: image, subtitles } = activity
  const told = listOf(subtitles)
    .map(fieldsOf)
    .flatMap(({ name, url }) => {
      const [, given] = /^-\s+(.+)/.exec(textOf(name)) ?? []
      return given === undefined ? [] : [{ name: given, path: textOf(url) || given }]
    })
  const paths = new Set([...listOf(files), ...[image].flat()].map(textOf).filter(Boolean))
  return told.length > 0 ? told : [...paths].map((path) => ({ name: path, path }))
}
