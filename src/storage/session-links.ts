import { and, asc, eq, gt, isNull, sql } from 'drizzle-orm'

import type { Database } from './database.ts'
import { type SessionLinkRow, conversations, sessionLinks } from './tables.ts'

/** Whom a session was linked to; null where to nobody. */
export async function linkOf(db: Database, sessionId: string): Promise<SessionLinkRow | null> {
  const row = await db
    .select()
    .from(sessionLinks)
    .where(eq(sessionLinks.sessionId, sessionId))
    .get()
  return row ?? null
}

/** The link of a session, where it is about a certain conversation. */
export const linkOver = (db: Database, sessionId: string, conversationId: string) =>
  db
    .select()
    .from(sessionLinks)
    .where(
      and(
        eq(sessionLinks.sessionId, sessionId),
        sql`(${sessionLinks.narrowedTo} IS NULL
          OR ${conversationId} IN (SELECT value FROM json_each(${sessionLinks.narrowedTo})))`,
      ),
    )

/**
 * Links a session to a user, unless it is linked already: the first link wins, for good. Naming conversations
 * narrows a first link to them; naming others later adds those, naming none means all.
 */
export async function linkSession(
  db: Database,
  sessionId: string,
  userId: string,
  conversationIds: string[] | null,
  now: number,
): Promise<SessionLinkRow> {
  const ids = conversationIds && JSON.stringify(conversationIds)
  const rows = await db
    .insert(sessionLinks)
    .values({ sessionId, userId, linkedAt: now, narrowedTo: conversationIds })
    .onConflictDoUpdate({
      target: sessionLinks.sessionId,
      set: {
        narrowedTo: sql`CASE WHEN ${sessionLinks.narrowedTo} IS NULL OR ${ids} IS NULL THEN NULL ELSE (
          SELECT json_group_array(value) FROM (
            SELECT value FROM json_each(${sessionLinks.narrowedTo}) UNION SELECT value FROM json_each(${ids})
          )) END`,
        finishedAt: null,
      },
      setWhere: eq(sessionLinks.userId, userId),
    })
    .returning()
  const [link] = rows
  if (link) return link
  const standing = await linkOf(db, sessionId)
  if (standing) return standing
  throw new Error('A link neither written nor there')
}

/** Conversations under a link that the record still shows without a user, by id from one on. */
export async function unclaimed(
  db: Database,
  { sessionId, narrowedTo }: SessionLinkRow,
  after: string,
  limit: number,
): Promise<string[]> {
  const rows = await db
    .select({ id: conversations.id })
    .from(conversations)
    .where(
      and(
        eq(conversations.sessionId, sessionId),
        isNull(conversations.userId),
        gt(conversations.id, after),
        narrowedTo === null
          ? undefined
          : sql`${conversations.id} IN (SELECT value FROM json_each(${JSON.stringify(narrowedTo)}))`,
      ),
    )
    .orderBy(asc(conversations.id))
    .limit(limit)
  return rows.map(({ id }) => id)
}

/** Links that may not have been carried out in full, the oldest first. */
export async function unfinishedLinks(db: Database, limit: number): Promise<SessionLinkRow[]> {
  return db
    .select()
    .from(sessionLinks)
    .where(isNull(sessionLinks.finishedAt))
    .orderBy(asc(sessionLinks.linkedAt))
    .limit(limit)
}

export async function finishLink(db: Database, sessionId: string, now: number): Promise<void> {
  await db
    .update(sessionLinks)
    .set({ finishedAt: now })
    .where(eq(sessionLinks.sessionId, sessionId))
}
