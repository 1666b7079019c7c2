import { runInDurableObject } from 'cloudflare:test'
import { env } from 'cloudflare:workers'

import type { Hit, Indexed } from '../../src/contract/search.ts'
import type { Conversation } from '../../src/conversation/conversation.ts'
import { type Client, as, bodyOf } from './api.ts'
import { givenConversation } from './given.ts'
import { eventually, inStorage } from './record.ts'

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

export const indexOf = (name: string) => env.OWNER_INDEX.getByName(name)

/** How many titles and messages an index has words of; null if it keeps nothing at all. */
export const wordsIn = (name: string): Promise<number | null> =>
  runInDurableObject(indexOf(name), (_, { storage }) => {
    const isThere = storage.sql.exec(`SELECT 1 FROM sqlite_master WHERE name = 'words'`).toArray()
    if (isThere.length === 0) return null
    return storage.sql.exec<{ n: number }>('SELECT count(*) AS n FROM words').one().n
  })

/** Changes what an index is bound to, until it is evicted. */
export const underIndex = (name: string, changed: Partial<Env>): Promise<void> =>
  runInDurableObject(indexOf(name), (instance) => {
    const object = instance as unknown as { env: Env }
    object.env = { ...object.env, ...changed }
  })

/** Indexes as a conversation's object reaches them: `call` stands before each call, `answered` after it; both may throw. */
export function indexesWith(
  call: (method: string) => void | Promise<void>,
  answered: () => void | Promise<void> = () => {},
): Pick<Env, 'OWNER_INDEX'> {
  const real = env.OWNER_INDEX
  const stub = (name: string) =>
    new Proxy(real.getByName(name), {
      get(target, key) {
        return async (...args: unknown[]) => {
          await call(String(key))
          const methods = target as unknown as Record<string, (...all: unknown[]) => unknown>
          const answer = await methods[String(key)]?.(...args)
          await answered()
          return answer
        }
      },
    })
  return { OWNER_INDEX: { getByName: stub } as unknown as Env['OWNER_INDEX'] }
}

/** Indexes that nobody reaches. */
export const indexesDown = indexesWith(() => {
  throw new Error('Network connection lost.')
})

/** Conversations as an index reaches them: `answered` stands between each answer and the index. */
export function conversationsWith(
  answered: (id: string) => void | Promise<void>,
): Pick<Env, 'CONVERSATION'> {
  const stub = (id: string) => ({
    pageForIndex: async (...args: Parameters<Conversation['pageForIndex']>) => {
      const answer = await env.CONVERSATION.getByName(id).pageForIndex(...args)
      await answered(id)
      return answer
    },
  })
  return { CONVERSATION: { getByName: stub } as unknown as Env['CONVERSATION'] }
}

/** What a conversation's object remembers of indexes. */
export const knownIndexes = (id: string) =>
  inStorage(id, 'SELECT owner, seen_version, is_told FROM indexes ORDER BY owner')

/** Waits until the index of whoever owns a conversation knows that there is more. */
export const told = (id: string): Promise<void> =>
  eventually(async () => (await knownIndexes(id)).some((one) => one['is_told'] === 1))

/** Somebody who has said something, which their index may know of. */
export async function givenFindable(content: string) {
  const owner = crypto.randomUUID()
  const ann = await as.user(owner)
  const id = await givenConversation(ann, { messages: [message(content, 'm')] })
  await told(id)
  return { ann, id, name: `user:${owner}` }
}

export const message = (content: string, id: string = crypto.randomUUID()) => ({
  id,
  role: 'user',
  content,
})

export const found = async (client: Client, q: string): Promise<string[]> =>
  foundBy((await searchFor(client, q)).data)

/** Waits until so many are found. */
export const soon = (client: Client, q: string, count = 1): Promise<void> =>
  eventually(async () => (await found(client, q)).length === count)

/** The conversations of which an index has words, or anything else. */
export const storedWords = (name: string): Promise<string[]> =>
  runInDurableObject(indexOf(name), (_, { storage }) => {
    const isThere = storage.sql.exec(`SELECT 1 FROM sqlite_master WHERE name = 'words'`).toArray()
    if (isThere.length === 0) return []
    return storage.sql
      .exec<{ id: string | null }>(
        `SELECT id FROM conversations
         UNION SELECT (SELECT id FROM conversations WHERE n = words.rowid / 16777216) FROM words
         UNION SELECT (SELECT id FROM conversations WHERE n = times.id / 65536) FROM times`,
      )
      .toArray()
      .map(({ id }) => id ?? 'words of nobody')
  })

/** Somebody who has said something, and has found it. */
export async function givenFound(content = 'a kakapo') {
  const owner = crypto.randomUUID()
  const ann = await as.user(owner)
  const id = await givenConversation(ann, { title: 'Kakapo', messages: [message(content, 'm')] })
  await soon(ann, 'kakapo', 2)
  return { ann, id, name: `user:${owner}` }
}
