import type { Block } from '../blocks.ts'
import { linked, withoutMarks } from '../marks.ts'
import { sourcesIn } from '../parts.ts'
import { type Fields, fieldsOf, isFields, listOf, textOf } from '../values.ts'

/**
 * Where LibreChat's answers cite what was found they hold marks, as signs or as what stands for them in JSON: `\ue202turn0search1`
 * is the second page of the first search. The others stand around groups and highlights.
 */
const TOKEN = String.raw`(?:\uE202|\\ue202)turn(\d+)([a-z]+)(\d+)`
const token = new RegExp(TOKEN, 'g')
const marks = new RegExp(String.raw`(?:${TOKEN}|[\uE200-\uE206]|\\ue20[0-6])+`, 'g')

/** Where each kind of a search's results stands. */
const lists: Record<string, string> = {
  search: 'organic',
  news: 'topStories',
  ref: 'references',
  image: 'images',
  video: 'videos',
}

/** Blocks in which people read links, with the pages that are cited. */
export function citing(blocks: Block[], attachments: unknown[]): Block[] {
  const searches = attachments.map((one) => fieldsOf(one)['web_search']).filter(isFields)
  return blocks.map((block) => {
    if (block.kind !== 'text' && block.kind !== 'result') return block
    const cited: unknown[] = []
    const text = withoutMarks(block.text, marks, (run) => {
      const pages = block.kind === 'text' ? pagesIn(run, searches) : []
      cited.push(...pages)
      return linked(pages)
    })
    if (text === block.text) return block
    const raw = block.kind === 'text' ? { ...fieldsOf(block.raw), text: block.text } : block.raw
    return { ...block, text, raw, parts: sourcesIn(cited) }
  })
}

const pagesIn = (run: string, searches: Fields[]): unknown[] =>
  [...run.matchAll(token)].map(([, turn, kind = '', place]) => {
    const search = fieldsOf(searches.find((one) => Number(one['turn'] ?? 0) === Number(turn)))
    const { link, title } = fieldsOf(listOf(search[lists[kind] ?? ''])[Number(place)])
    return { url: textOf(link), title }
  })
