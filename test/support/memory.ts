import { type Client, read } from './api.ts'
import { userMessages } from './given.ts'
import { dutiesOf, eventually } from './record.ts'

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

const dueOf = async (id: string) => (await dutiesOf(id)).due.find(({ kind }) => kind === 'memory')

export const attemptsOf = async (id: string) => (await dueOf(id))?.attempts ?? 0
export const owesMemory = async (id: string) => (await dueOf(id)) !== undefined
