import { type JsonObject, isObject } from '../contract/json.ts'
import type { KnownPart } from '../contract/part.ts'
import { madeKeepable } from '../contract/text.ts'
import { listOf, textOf } from './wanted-back.ts'

export type Source = Extract<KnownPart, { type: 'source' }>

const MOST = 60
/** In UTF-16 units. What is longer is for no reader. */
const ADDRESS_CHARS = 2_000
const TITLE_CHARS = 300

/**
 * The pages that an answer comes from, in their order, since what it says may name them by their numbers: each once.
 * OpenAI and OpenRouter annotate the text, Azure tells them beside it; Perplexity, xAI, GLM and Qwen list what was found.
 */
export class Sources {
  readonly #found = new Map<string, Source>()

  /**
   * Takes those of a chunk, and of what it has of a message.
   *
   * @returns whether that changed anything
   */
  add(chunk: JsonObject, messages: JsonObject[]): boolean {
    const { search_info: info } = chunk
    const lists = [
      ...['citations', 'search_results', 'web_search'].map((name) => chunk[name]),
      isObject(info) ? info['search_results'] : null,
      ...messages.flatMap(({ annotations, citations, context }) => [
        annotations,
        citations,
        isObject(context) ? context['citations'] : null,
      ]),
    ]
    return lists.flatMap(listOf).filter((one) => this.#take(one)).length > 0
  }

  get all(): Source[] {
    return [...this.#found.values()]
  }

  #take(given: unknown): boolean {
    const [url, title] = isObject(given) ? pageIn(given) : [textOf(given), '']
    if (!/^https?:\/\//i.test(url) || url.length > ADDRESS_CHARS) return false
    const known = this.#found.get(url)
    if (known ? known.title !== undefined || title === '' : this.#found.size >= MOST) return false
    const named = madeKeepable(title.slice(0, TITLE_CHARS))
    const source = { type: 'source' as const, url: madeKeepable(url) }
    this.#found.set(url, named === '' ? source : { ...source, title: named })
    return true
  }
}

function pageIn(given: JsonObject): [url: string, title: string] {
  const cited = given['url_citation']
  const { url, link, title } = isObject(cited) ? cited : given
  return [textOf(url) || textOf(link), textOf(title).trim()]
}
