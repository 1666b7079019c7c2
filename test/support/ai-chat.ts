import * as v5 from 'ai-v5'
import * as v6 from 'ai-v6'
import * as v7 from 'ai-v7'

/** The AI SDK in the versions that Hilo serves, as npm has them. */
export const sdks = { 5: v5, 6: v6, 7: v7 }
export type Version = keyof typeof sdks
/** The three are alike as far as a page uses them, and their types are not. */
const as7 = (version: Version) => sdks[version] as unknown as typeof v7

export const versions = [5, 6, 7] as const satisfies Version[]

const sleep = (ms: number) => new Promise((done) => setTimeout(done, ms))

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

/** Where Hilo is, and who calls. */
export interface Where {
  api: string
  headers: Record<string, string>
  fetch: Fetch
}

export interface Options {
  id?: string
  messages?: UIMessage[]
  body?: object
  isLastOnly?: boolean
  sendAutomaticallyWhen?: (options: { messages: UIMessage[] }) => boolean
}

/** A chat as the package of a version makes it, with its default transport. */
export function chatAt(version: Version, options: Options & Where): v7.AbstractChat<UIMessage> {
  const { fetch, isLastOnly = false } = options
  const transport = new (as7(version).DefaultChatTransport)<UIMessage>({
    api: options.api,
    headers: options.headers,
    fetch: ((path: string, init: RequestInit) => fetch(path, init)) as typeof globalThis.fetch,
    ...(options.body && { body: options.body }),
    ...(isLastOnly && {
      prepareSendMessagesRequest: ({ id, messages, trigger, messageId, body }) => ({
        body: { ...body, id, message: messages.at(-1), trigger, messageId },
      }),
    }),
  })
  return chatWith(version, transport, options)
}

/** The same with a transport of any kind. */
export function chatWith(
  version: Version,
  transport: v7.ChatTransport<UIMessage>,
  { id, messages = [], sendAutomaticallyWhen }: Options,
): v7.AbstractChat<UIMessage> {
  const sdk = as7(version)
  class Chat extends sdk.AbstractChat<UIMessage> {
    constructor(init: Omit<v7.ChatInit<UIMessage>, 'messages'>) {
      super({ ...init, state: new State(messages) })
    }
  }
  return new Chat({
    id: id ?? sdk.generateId(),
    transport,
    ...(sendAutomaticallyWhen && { sendAutomaticallyWhen }),
  })
}

/** What a chat has as JSON keeps it. */
export const messagesOf = (chat: v7.AbstractChat<UIMessage>): UIMessage[] =>
  JSON.parse(JSON.stringify(chat.messages)) as UIMessage[]

/** What each version takes for messages to begin with. */
export const validated = (version: Version, messages: UIMessage[]): Promise<unknown> =>
  as7(version).validateUIMessages({ messages })

export const textOf = ({ parts }: UIMessage): string =>
  parts.map((part) => (part.type === 'text' ? part.text : '')).join('')

/** Waits until a chat that sends by itself has come to something. */
export async function whenDone(
  chat: v7.AbstractChat<UIMessage>,
  isDone: () => boolean,
): Promise<void> {
  const end = Date.now() + 10_000
  while (!isDone() || chat.status !== 'ready') {
    if (chat.error) throw chat.error
    if (Date.now() > end) throw new Error(`never done: ${JSON.stringify(chat.messages)}`)
    await sleep(5)
  }
}

/** Waits until the model's message says so much. */
export async function whenSaid(chat: v7.AbstractChat<UIMessage>, text: string): Promise<void> {
  const end = Date.now() + 10_000
  while (textOf(chat.messages.at(-1) ?? { id: '', role: 'user', parts: [] }) !== text) {
    if (chat.error) throw chat.error
    if (Date.now() > end) throw new Error(`never said: ${JSON.stringify(chat.messages)}`)
    await sleep(5)
  }
}

/** When a page sends by itself: once a turn's tools have run, or a person has allowed them or not. */
export const whenRun = (version: Version) =>
  as7(version).lastAssistantMessageIsCompleteWithToolCalls
export const whenAllowed = (version: 6 | 7) =>
  as7(version).lastAssistantMessageIsCompleteWithApprovalResponses
