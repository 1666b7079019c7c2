import { runInDurableObject } from 'cloudflare:test'

import { type Client, type Conversation, bodyOf } from './api.ts'
import { objectOf, userMessages } from './given.ts'
import { eventually } from './record.ts'

export const read = (client: Client, id: string) =>
  bodyOf<Conversation>(client.get(`/api/conversations/${id}`))

export const append = (client: Client, id: string, messages: object[]) =>
  client.post(`/api/conversations/${id}/messages`, { messages })

export const summarize = (client: Client, id: string) =>
  client.post(`/api/conversations/${id}/summarize`)

/** Messages that are summarised by the scripts of `key`. */
export const about = (key: string, count: number, from = 1) =>
  userMessages(count, from).map((message) => ({
    ...message,
    content: `${message.content} #${key}`,
  }))

/** What the summariser was sent. */
export const promptOf = (body: unknown) => {
  const { messages } = body as { messages: { role: string; content: string }[] }
  return {
    system: messages[0]?.content ?? '',
    data: JSON.parse(messages[1]?.content ?? '') as {
      previous_summary: string | null
      messages: { role: string; text: string }[]
    },
    count: messages.length,
  }
}

export const summarised = (client: Client, id: string, seq: number) =>
  eventually(async () => (await read(client, id)).summary_seq >= seq)

const inStorage = <T>(id: string, ask: (sql: SqlStorage) => T): Promise<T> =>
  runInDurableObject(objectOf(id), (_, state) => ask(state.storage.sql))

const dueRow = (id: string) =>
  inStorage(
    id,
    (sql) =>
      sql.exec<{ attempts: number }>(`SELECT attempts FROM due WHERE kind = 'memory'`).toArray()[0],
  )

export const attemptsOf = async (id: string) => (await dueRow(id))?.attempts ?? 0
export const owesMemory = async (id: string) => (await dueRow(id)) !== undefined

/** As if the wait were over. */
export const makeDue = (id: string) =>
  inStorage(id, (sql) => void sql.exec(`UPDATE due SET at = 0 WHERE kind = 'memory'`))
