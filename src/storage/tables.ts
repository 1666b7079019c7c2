import { type Column, getTableColumns, sql } from 'drizzle-orm'
import { index, integer, primaryKey, sqliteTable, text } from 'drizzle-orm/sqlite-core'

import type { JsonObject } from '../contract/json.ts'
import type { ToolCall } from '../contract/message.ts'
import type { Part } from '../contract/part.ts'

/**
 * What retention counts from: the later of archiving and the last use here. An import brings the date of an archiving
 * elsewhere. The expression has no comma, because drizzle-kit would cut it there.
 */
export const archivedSince = sql.raw(
  'CASE WHEN archived_at > quiet_since THEN archived_at ELSE quiet_since END',
)

/** Times are milliseconds since the epoch. */
export const conversations = sqliteTable(
  'conversations',
  {
    id: text().primaryKey(),
    userId: text('user_id'),
    sessionId: text('session_id'),
    language: text().notNull(),
    title: text(),
    summary: text(),
    topic: text(),
    isActive: integer('is_active', { mode: 'boolean' }).notNull(),
    isResolved: integer('is_resolved', { mode: 'boolean' }).notNull(),
    hold: integer({ mode: 'boolean' }).notNull(),
    createdAt: integer('created_at').notNull(),
    updatedAt: integer('updated_at').notNull(),
    quietSince: integer('quiet_since').notNull(),
    archivedAt: integer('archived_at'),
    lastSeq: integer('last_seq').notNull(),
    summarySeq: integer('summary_seq').notNull(),
    tokensUsed: integer('tokens_used').notNull(),
    metadata: text({ mode: 'json' }).$type<Record<string, string>>().notNull(),
    extra: text({ mode: 'json' }).$type<unknown>(),
    // What the conversation takes up: its messages, and what an import brought beside them.
    bytes: integer().notNull().default(0),
    // The message that the conversation is at. `head_seq` is null if that is the last one; `head_id` is null in rows from
    // before there were branches, where it is the last one's.
    headSeq: integer('head_seq'),
    headId: text('head_id'),
    // Counts the changes of the row, so that a late write never undoes a newer one.
    version: integer().notNull(),
  },
  (t) => [
    index('conversations_by_user')
      .on(t.userId, t.isActive, t.updatedAt, t.id)
      .where(sql`user_id IS NOT NULL`),
    index('conversations_by_session')
      .on(t.sessionId, t.isActive, t.updatedAt, t.id)
      .where(sql`user_id IS NULL`),
    index('conversations_by_archived')
      .on(sql`(user_id IS NULL)`, archivedSince, t.id)
      .where(sql`is_active = 0 AND hold = 0`),
  ],
)
export type ConversationRow = typeof conversations.$inferSelect
export const conversationColumns: [key: string, column: Column][] = Object.entries(
  getTableColumns(conversations),
)

/** A row of what the log or the record hold, its values in the order of `conversationColumns`. */
export function toConversationRow(values: unknown[]): ConversationRow {
  const row: Record<string, unknown> = {}
  for (const [index, [key, column]] of conversationColumns.entries()) {
    const value = values[index] ?? null
    row[key] = value === null ? null : column.mapFromDriverValue(value)
  }
  return row as ConversationRow
}

export const messages = sqliteTable(
  'messages',
  {
    conversationId: text('conversation_id')
      .notNull()
      .references(() => conversations.id, { onDelete: 'cascade' }),
    seq: integer().notNull(),
    id: text().notNull(),
    role: text({ enum: ['system', 'user', 'assistant', 'tool'] }).notNull(),
    origin: text({ enum: ['client', 'service', 'model', 'import'] }).notNull(),
    content: text().notNull(),
    parts: text({ mode: 'json' }).$type<Part[]>(),
    toolCalls: text('tool_calls', { mode: 'json' }).$type<ToolCall[]>(),
    toolCallId: text('tool_call_id'),
    status: text({ enum: ['complete', 'interrupted', 'deleted'] }).notNull(),
    finishReason: text('finish_reason'),
    model: text(),
    tokensUsed: integer('tokens_used'),
    createdAt: integer('created_at').notNull(),
    extra: text({ mode: 'json' }).$type<JsonObject>(),
    // The message that it follows: null if that is the one before it by number, 0 if there is none.
    parentSeq: integer('parent_seq'),
  },
  (t) => [primaryKey({ columns: [t.conversationId, t.seq] })],
)
export type MessageRow = typeof messages.$inferSelect

/** The number of the message that one follows; 0 if it begins the conversation. */
export const parentOf = ({ seq, parentSeq }: Pick<MessageRow, 'seq' | 'parentSeq'>): number =>
  parentSeq ?? seq - 1

/** Which user a session turned out to be. The first link wins, for good. */
export const sessionLinks = sqliteTable(
  'session_links',
  {
    sessionId: text('session_id').primaryKey(),
    userId: text('user_id').notNull(),
    linkedAt: integer('linked_at').notNull(),
    // The conversations that were meant; null for all of the session's.
    narrowedTo: text('narrowed_to', { mode: 'json' }).$type<string[]>(),
    // Null while some of them may still have to be claimed.
    finishedAt: integer('finished_at'),
    // How often the cron job failed to finish it, and when it tries next.
    attempts: integer().notNull().default(0),
    retryAt: integer('retry_at').notNull().default(0),
  },
  (t) => [
    index('session_links_unfinished')
      .on(t.retryAt)
      .where(sql`finished_at IS NULL`),
    index('session_links_by_user').on(t.userId, t.linkedAt),
  ],
)
export type SessionLinkRow = typeof sessionLinks.$inferSelect

/** Erasures whose object still has its own storage to empty. No row stands for what is erased to the end. */
export const erasures = sqliteTable('erasures', {
  conversationId: text('conversation_id').primaryKey(),
  requestedAt: integer('requested_at').notNull(),
})

/**
 * What each owner's conversations take up, in blocks (see `blocksOf`). Triggers keep it: so it is exact in the transaction
 * that changes a conversation, and a row is written only when a number of blocks changes.
 */
export const ownerUsage = sqliteTable('owner_usage', {
  owner: text().primaryKey(),
  blocks: integer().notNull(),
})

/**
 * Every conversation under its owner, by id: an order that nothing which happens meanwhile changes. Triggers keep it, so a
 * flush writes no row here: of an index, SQLite writes the entry anew whenever its columns are set, to the same too.
 */
export const owned = sqliteTable(
  'owned',
  { owner: text().notNull(), id: text().notNull() },
  (t) => [primaryKey({ columns: [t.owner, t.id] })],
)

/**
 * Every active conversation under the day of its last use. Triggers keep it: so a row is written only when a conversation
 * is used on another day, and not with every flush.
 */
export const quietDays = sqliteTable(
  'quiet_days',
  { day: integer().notNull(), id: text().notNull() },
  (t) => [primaryKey({ columns: [t.day, t.id] })],
)

/** Tokens that users make to let a program read. Of each, only the hash is kept; a row that is gone is a token that is revoked. */
export const tokens = sqliteTable(
  'tokens',
  {
    id: text().primaryKey(),
    userId: text('user_id').notNull(),
    name: text().notNull(),
    sha256: text().notNull(),
    createdAt: integer('created_at').notNull(),
    expiresAt: integer('expires_at').notNull(),
  },
  (t) => [index('tokens_by_user').on(t.userId, t.createdAt, t.id)],
)
export type TokenRow = typeof tokens.$inferSelect

/** How far the walks of the cron job have come that take more than one run. */
export const cronPositions = sqliteTable('cron_positions', {
  job: text().primaryKey(),
  position: text({ mode: 'json' }).$type<Position>().notNull(),
})

/** A place in an order by time, then by id: if a page, or a walk, ended. */
export interface Position {
  time: number
  id: string
}
