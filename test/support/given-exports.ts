import type { Conversation, Message } from './api.ts'

/** Whole conversations, as an export of Hilo has them. */
export type Exported = Conversation & { extra: unknown; messages: Message[] }

export interface ExportedOptions {
  messages?: Partial<Message>[]
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
  return {
    id,
    object: 'conversation',
    user_id: 'somebody else',
    session_id: null,
    language: 'en',
    title: 'A trip',
    summary: 'What they said before',
    topic: 'travel',
    is_active: true,
    is_resolved: false,
    hold: true,
    created_at: TIME,
    updated_at: TIME,
    archived_at: null,
    message_count: messages.length,
    summary_seq: 1,
    tokens_used: 0,
    metadata: {},
    ...fields,
    extra,
    messages: messages.map((message, index) => ({
      id: `m${index + 1}`,
      object: 'message',
      conversation_id: id,
      seq: index + 1,
      role: 'user',
      origin: 'model',
      content: `message ${index + 1}`,
      parts: null,
      tool_calls: null,
      tool_call_id: null,
      status: 'complete',
      finish_reason: null,
      model: null,
      tokens_used: null,
      created_at: TIME,
      ...message,
    })),
  }
}

const lined = (value: object): string => `${JSON.stringify(value)}\n`
const header = { object: 'hilo.export', version: 1, exported_at: '2026-01-01T00:00:00.000Z' }
const bodyOf = (all: Exported[]): string =>
  all
    .flatMap(({ messages, ...conversation }) => [conversation, ...messages])
    .map(lined)
    .join('')

async function endOf(all: Exported[], text: string, cursor: string | null) {
  const digest = await crypto.subtle.digest('SHA-256', new TextEncoder().encode(text))
  return {
    conversations: all.length,
    messages: all.reduce((sum, { messages }) => sum + messages.length, 0),
    sha256: new Uint8Array(digest).toHex(),
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
