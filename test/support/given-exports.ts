import type { PortableMessage } from '../../src/contract/portable.ts'
import type { Conversation } from './api.ts'
import { sha256Of } from './exports.ts'
import { type PortableConversation, conversationOf, messagesOf } from './portable.ts'

/** Whole conversations, as an export of Hilo has them. */
export type Exported = PortableConversation & { messages: PortableMessage[] }

export interface ExportedOptions {
  messages?: Partial<PortableMessage>[]
  extra?: unknown
  fields?: Partial<Conversation>
}

const TIME = '2024-03-01T10:00:00.000Z'

/** A conversation as another Hilo gives it out; its messages say "message 1" and so on. */
export function exported({
  messages = [{}],
  extra = null,
  fields = {},
}: ExportedOptions = {}): Exported {
  const id = fields.id ?? crypto.randomUUID()
  const theirs = messages.map((message, index) => ({
    conversation_id: id,
    origin: 'model' as const,
    content: `message ${index + 1}`,
    created_at: TIME,
    ...message,
  }))
  return {
    ...conversationOf({
      id,
      user_id: 'somebody else',
      summary: 'What they said before',
      hold: true,
      created_at: TIME,
      updated_at: TIME,
      message_count: messages.length,
      head_id: messages.length === 0 ? null : (messages.at(-1)?.id ?? `m${messages.length}`),
      summary_seq: 1,
      ...fields,
      extra,
    }),
    messages: messagesOf(...theirs),
  }
}

/** So many messages, about which nothing matters. */
export const many = (count: number) => Array.from({ length: count }, () => ({}))

const lined = (value: object): string => `${JSON.stringify(value)}\n`
const header = { object: 'hilo.export', version: 1, exported_at: '2026-01-01T00:00:00.000Z' }
const bodyOf = (all: Exported[]): string =>
  all
    .flatMap(({ messages, ...conversation }) => [conversation, ...messages])
    .map(lined)
    .join('')

async function endOf(all: Exported[], text: string, cursor: string | null) {
  return {
    conversations: all.length,
    messages: all.reduce((sum, { messages }) => sum + messages.length, 0),
    sha256: await sha256Of(text),
    next_cursor: cursor,
  }
}

/** An export of lines, with its counts and digest. */
export async function asLines(all: Exported[], cursor: string | null = null): Promise<string> {
  const text = lined(header) + bodyOf(all)
  return text + lined({ object: 'hilo.export.end', ...(await endOf(all, text, cursor)) })
}

/** The same as one document. */
export const asDocument = async (all: Exported[]): Promise<string> =>
  JSON.stringify({ ...header, conversations: all, end: await endOf(all, bodyOf(all), null) })
