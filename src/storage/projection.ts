import { type SQL, and, eq, sql } from 'drizzle-orm'

import type { Database } from './database.ts'
import { insertIntoRecord } from './messages.ts'
import { linkOver } from './session-links.ts'
import {
  type ConversationRow,
  type SessionLinkRow,
  conversationColumns,
  conversations,
  messages,
} from './tables.ts'
import { usageOfRow } from './usage.ts'

/** Messages of one log on their way to the record, with its row. */
export interface Batch {
  /** The conversation as it is now, but `lastSeq` is that of the last message here. */
  row: ConversationRow
  /** The `last_seq` that the record is believed to have. */
  from: number
  /** The version that the record has at the least; if it has an older one, it was set back. */
  since: number
  /** `[seq, id]` of each message sent, and of the one at `from`. */
  ids: [seq: number, id: string][]
  /** Whether it is worth asking what the owner's conversations take up now. */
  asksUsage: boolean
  /** JSON, as `insertIntoRecord` takes it. */
  messages: string
}

/** What the record holds after a write, of what the write was about; null if it has no such row. */
export interface Found {
  lastSeq: number
  version: number
  ids: Map<number, string>
}

/** What a write found: the record's state, and the link that a session's conversation has missed. */
export interface Written {
  found: Found | null
  link: SessionLinkRow | null
  /** What the owner's conversations take up, in blocks; null if it was not asked for. */
  ownerBlocks: number | null
}

/**
 * One D1 batch, hence one transaction: the conversation's row and its messages, or nothing. It may be repeated,
 * overtaken or late: a write whose `from` is not the record's `last_seq`, whose version is older than the
 * record's, whose `since` is newer, or that would contradict a message there changes nothing.
 *
 * Of a conversation that is only a session's it asks in the same transaction whether the session is linked: a link
 * either finds its row, or is found here.
 */
export async function writeBatch(
  db: Database,
  { row, from, since, ids, asksUsage, messages: rows }: Batch,
): Promise<Written> {
  // CROSS JOIN, because SQLite would otherwise read the whole conversation to find the few that were sent.
  const guard = sql`${conversations.lastSeq} = ${from} AND ${conversations.version} BETWEEN ${since} AND ${row.version}
    AND NOT EXISTS (
      SELECT 1 FROM json_each(${JSON.stringify(ids)}) AS sent
      CROSS JOIN messages ON messages.conversation_id = ${row.id} AND messages.seq = sent.value ->> 0
      WHERE messages.id <> sent.value ->> 1)`
  const { id: _, ...fields } = row
  const write =
    from === 0
      ? db
          .insert(conversations)
          .values(row)
          .onConflictDoUpdate({ target: conversations.id, set: excluded(), setWhere: guard })
      : // No row and a cursor past 0 means that the record lost it: filling it up starts at 0.
        db
          .update(conversations)
          .set(fields)
          .where(and(eq(conversations.id, row.id), guard))
  const isWritten = sql`EXISTS (SELECT 1 FROM conversations
    WHERE id = ${row.id} AND last_seq = ${row.lastSeq} AND version = ${row.version})`
  const isSessions = row.sessionId !== null && row.userId === null
  const [, , states, held, ...more] = await db.batch([
    write,
    insertIntoRecord(db, row.id, rows, isWritten),
    db
      .select({ lastSeq: conversations.lastSeq, version: conversations.version })
      .from(conversations)
      .where(eq(conversations.id, row.id)),
    db
      .select({ seq: messages.seq, id: messages.id })
      .from(messages)
      .where(
        and(
          eq(messages.conversationId, row.id),
          sql`${messages.seq} BETWEEN ${from} AND ${row.lastSeq}`,
        ),
      ),
    ...(asksUsage ? [usageOfRow(db, row)] : []),
    ...(isSessions ? [linkOver(db, row.sessionId ?? '', row.id)] : []),
  ])
  const usage = asksUsage ? (more.shift() as { blocks: number }[]) : null
  const links = isSessions ? (more.shift() as SessionLinkRow[]) : []
  const state = states[0]
  return {
    found: state ? { ...state, ids: new Map(held.map(({ seq, id }) => [seq, id])) } : null,
    link: links[0] ?? null,
    ownerBlocks: usage && (usage[0]?.blocks ?? 0),
  }
}

function excluded(): Record<string, SQL> {
  const columns = conversationColumns.filter(([key]) => key !== 'id')
  return Object.fromEntries(
    columns.map(([key, column]) => [key, sql.raw(`excluded.${column.name}`)]),
  )
}
