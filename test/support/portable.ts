import type { Conversation } from '../../src/contract/conversation.ts'
import type { ExportFormat, PortableMessage } from '../../src/contract/portable.ts'
import { sha256 } from '../../src/portable/digest.ts'
import type { Beginning, Totals } from '../../src/portable/format.ts'
import { formats } from '../../src/portable/formats.ts'
import { write } from '../../src/portable/write.ts'

/** A conversation as a file of Hilo's own has it: with what an import brought that has no field. */
export type PortableConversation = Conversation & { extra: unknown }

export const conversationOf = (more: Partial<PortableConversation> = {}): PortableConversation => ({
  id: '0198c0de-0000-7000-8000-000000000001',
  object: 'conversation',
  user_id: 'ann',
  session_id: null,
  language: 'en',
  title: 'A trip',
  summary: null,
  topic: 'travel',
  is_active: true,
  is_resolved: false,
  hold: false,
  created_at: '2026-01-02T03:04:05.678Z',
  updated_at: '2026-01-03T23:59:00.000Z',
  archived_at: null,
  message_count: 0,
  head_id: null,
  summary_seq: 0,
  tokens_used: 0,
  metadata: {},
  extra: null,
  ...more,
})

/** Messages, each of some of its fields, numbered in their order. */
export const messagesOf = (...all: Partial<PortableMessage>[]): PortableMessage[] =>
  all.map((more, index) => ({
    id: `m${index + 1}`,
    object: 'message',
    conversation_id: '0198c0de-0000-7000-8000-000000000001',
    seq: index + 1,
    parent_id: index === 0 ? null : (all[index - 1]?.id ?? `m${index}`),
    role: 'user',
    origin: 'client',
    content: '',
    parts: null,
    tool_calls: null,
    tool_call_id: null,
    status: 'complete',
    finish_reason: null,
    model: null,
    tokens_used: null,
    extra: null,
    created_at: '2026-01-02T03:04:05.678Z',
    ...more,
  }))

export const callOf = (id: string, name = 'look', given = '{"a":1}') => ({
  id,
  type: 'function' as const,
  function: { name, arguments: given },
})

export const says = (
  content: string,
  more: Partial<PortableMessage> = {},
): Partial<PortableMessage> => ({
  role: 'assistant',
  content,
  ...more,
})

export const calls = (...ids: string[]): Partial<PortableMessage> => ({
  role: 'assistant',
  tool_calls: ids.map((id) => callOf(id)),
})

export const answers = (id: string, content: string): Partial<PortableMessage> => ({
  role: 'tool',
  tool_call_id: id,
  content,
})

type Given = [conversation: PortableConversation, messages: PortableMessage[]]

/** What a format makes of conversations, which are counted in `totals`. */
export async function written(
  format: ExportFormat,
  given: Given[],
  beginning: Partial<Beginning> = {},
  totals: Totals = { conversations: 0, messages: 0 },
): Promise<string> {
  const whole = {
    exportedAt: new Date('2026-11-22T10:11:12.000Z'),
    title: null,
    language: null,
    nextCursor: null,
    ...beginning,
  }
  async function* sources() {
    for (const [{ extra, ...conversation }, messages] of given) {
      const pages = [{ messages, forks: [] }]
      yield { conversation, leftOut: 0, extra: [JSON.stringify(extra)], pages }
    }
  }
  let text = ''
  const writer = await formats[format].writer(whole, sha256())
  for await (const piece of write(writer, sources(), totals)) text += piece
  return text
}
