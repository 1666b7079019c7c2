import { expect } from 'vitest'

import { type Client, type Conversation, type Listed, bodyOf } from './api.ts'

/** A page of conversations. */
export const list = (client: Client, query = '') =>
  bodyOf<Listed<Conversation>>(client.get(`/api/conversations${query}`))

/** The ids of every page, from the first to the last. */
export async function pages(client: Client, query: string): Promise<string[][]> {
  const found: string[][] = []
  for (let cursor: string | null = ''; cursor !== null;) {
    const page: Listed<Conversation> = await list(
      client,
      `${query}${cursor && `&cursor=${cursor}`}`,
    )
    expect(page.has_more).toBe(page.next_cursor !== null)
    found.push(page.data.map(({ id }) => id))
    cursor = page.next_cursor
  }
  return found
}
