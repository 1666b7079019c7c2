import * as v5 from 'ai-v5'
import * as v6 from 'ai-v6'
import * as v7 from 'ai-v7'

import { type Client, send } from './api.ts'

/** The AI SDK in the versions that Hilo serves, as npm has them. */
export const sdks = { 5: v5, 6: v6, 7: v7 }
export type Version = keyof typeof sdks
export const versions = [5, 6, 7] as const satisfies Version[]

export type UIMessage = v7.UIMessage
type Status = v7.ChatStatus

/** What a page keeps of a chat: what `useChat` keeps, without React. */
class State {
  status: Status = 'ready'
  error: Error | undefined
  messages: UIMessage[]

  constructor(messages: UIMessage[]) {
    this.messages = messages
  }

  pushMessage = (message: UIMessage) => {
    this.messages = [...this.messages, message]
  }
  popMessage = () => {
    this.messages = this.messages.slice(0, -1)
  }
  replaceMessage = (index: number, message: UIMessage) => {
    // A copy, as React needs one.
    this.messages = this.messages.with(index, structuredClone(message))
  }
  snapshot = <T>(value: T): T => structuredClone(value)
}

/** The address of a path, whoever answers there. */
export type Fetch = (path: string, init?: RequestInit) => Promise<Response>

export interface Options {
  id?: string
  messages?: UIMessage[]
  fetch?: Fetch
  body?: object
  isLastOnly?: boolean
  sendAutomaticallyWhen?: (options: { messages: UIMessage[] }) => boolean
  onToolCall?: (call: { toolCallId: string; toolName: string; input: unknown }) => void
}

/** A chat as the package of a version makes it, with its default transport, over the front door. */
export function chatOf(
  version: Version,
  client: Client,
  options: Options = {},
): v7.AbstractChat<UIMessage> {
  // The three are alike as far as a page uses them, and their types are not.
  const sdk = sdks[version] as unknown as typeof v7
  class Chat extends sdk.AbstractChat<UIMessage> {
    constructor(
      init: Omit<ConstructorParameters<typeof v7.AbstractChat<UIMessage>>[0], 'state'>,
      messages: UIMessage[],
    ) {
      super({ ...init, state: new State(messages) })
    }
  }
  const { fetch = send, isLastOnly = false, onToolCall } = options
  const transport = new sdk.DefaultChatTransport<UIMessage>({
    api: '/api/chat',
    headers: client.headers,
    fetch: ((path: string, init: RequestInit) => fetch(path, init)) as typeof globalThis.fetch,
    ...(options.body && { body: options.body }),
    ...(isLastOnly && {
      prepareSendMessagesRequest: ({ id, messages, trigger, messageId, body }) => ({
        body: { ...body, id, message: messages.at(-1), trigger, messageId },
      }),
    }),
  })
  return new Chat(
    {
      id: options.id ?? sdk.generateId(),
      transport,
      ...(options.sendAutomaticallyWhen && {
        sendAutomaticallyWhen: options.sendAutomaticallyWhen,
      }),
      ...(onToolCall && {
        onToolCall: ({
          toolCall,
        }: {
          toolCall: { toolCallId: string; toolName: string; input: unknown }
        }) => onToolCall(toolCall),
      }),
    },
    options.messages ?? [],
  )
}

/** What a chat has as JSON keeps it. */
export const messagesOf = (chat: v7.AbstractChat<UIMessage>): UIMessage[] =>
  JSON.parse(JSON.stringify(chat.messages)) as UIMessage[]

/** What each version takes for messages to begin with. */
export const validated = (version: Version, messages: UIMessage[]): Promise<unknown> =>
  (sdks[version] as unknown as typeof v7).validateUIMessages({ messages })

/** What a page gets to begin with. */
export const storedIn = async (client: Client, chatId: string): Promise<UIMessage[]> =>
  (await client.get(`/api/chat/${encodeURIComponent(chatId)}/messages`)).json<UIMessage[]>()

export const textOf = ({ parts }: UIMessage): string =>
  parts.map((part) => (part.type === 'text' ? part.text : '')).join('')
