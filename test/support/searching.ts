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
