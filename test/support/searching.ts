import type { Hit, Indexed } from '../../src/contract/search.ts'
import { type Client, bodyOf } from './api.ts'

export interface SearchPage {
  data: Hit[]
  has_more: boolean
  next_cursor: string | null
  indexed: Indexed
}

export const searchPath = (q: string, more: Record<string, string> = {}) =>
  `/api/search?${new URLSearchParams({ q, ...more }).toString()}`

export async function searchFor(
  client: Client,
  q: string,
  more: Record<string, string> = {},
): Promise<SearchPage> {
  const response = await client.get(searchPath(q, more))
  if (response.status !== 200) throw new Error(await response.text())
  return bodyOf<SearchPage>(response)
}

/** The ids of the messages found; of a title, that of its conversation. */
export const foundBy = (hits: Hit[]): string[] =>
  hits.map(({ message, conversation }) => message?.id ?? conversation.id)

/** What is marked in a find. */
export const marked = ({ excerpt: { text, highlights } }: Hit): string[] =>
  highlights.map(({ start, end }) => text.slice(start, end))

/** All that a query finds, page by page. */
export async function searchedAll(
  client: Client,
  q: string,
  more: Record<string, string>,
): Promise<string[]> {
  const all: string[] = []
  let cursor: string | null = ''
  while (cursor !== null) {
    const page = await searchFor(client, q, cursor === '' ? more : { ...more, cursor })
    all.push(...foundBy(page.data))
    cursor = page.next_cursor
  }
  return all
}
