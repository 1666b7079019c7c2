import { type SQL, sql } from 'drizzle-orm'

import type { Message } from '../contract/message.ts'
import type { Database } from './database.ts'
import { type MessageRow, messages } from './tables.ts'

/** The columns of a message in the log and in the record, in the order of the record's table, its key's first left out. */
export const messageColumns = [
  'seq',
  'id',
  'role',
  'origin',
  'content',
  'parts',
  'tool_calls',
  'tool_call_id',
  'status',
  'finish_reason',
  'model',
  'tokens_used',
  'created_at',
] as const

/**
 * Inserts messages, those that stand already left as they are, where `guard` holds.
 *
 * @param rows JSON: a list of lists, each with the values of `messageColumns`, JSON among them as JSON; one
 *   parameter carries any number.
 */
export function insertMessages(db: Database, conversationId: string, rows: string, guard: SQL) {
  const values = sql.raw(messageColumns.map((_, index) => `value ->> ${index}`).join(', '))
  return db
    .insert(messages)
    .select(sql`SELECT ${conversationId}, ${values} FROM json_each(${rows}) WHERE ${guard}`)
    .onConflictDoNothing()
}

const iso = (time: number): string => new Date(time).toISOString()

export const toMessage = (row: MessageRow): Message => ({
  id: row.id,
  object: 'message',
  conversation_id: row.conversationId,
  seq: row.seq,
  role: row.role,
  origin: row.origin,
  content: row.content,
  parts: row.parts,
  tool_calls: row.toolCalls,
  tool_call_id: row.toolCallId,
  status: row.status,
  finish_reason: row.finishReason,
  model: row.model,
  tokens_used: row.tokensUsed,
  created_at: iso(row.createdAt),
})
