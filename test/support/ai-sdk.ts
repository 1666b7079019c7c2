import { type Fetch, type Options, type UIMessage, type Version, chatAt } from './ai-chat.ts'
import { type Client, send } from './api.ts'

export * from './ai-chat.ts'

/** A chat as the package of a version makes it, over the front door. */
export const chatOf = (
  version: Version,
  { headers }: Client,
  options: Options & { fetch?: Fetch } = {},
) => chatAt(version, { api: '/api/chat', headers, fetch: send, ...options })

/** What a page gets to begin with. */
export const storedIn = async (client: Client, chatId: string): Promise<UIMessage[]> =>
  (await client.get(`/api/chat/${encodeURIComponent(chatId)}/messages`)).json<UIMessage[]>()
