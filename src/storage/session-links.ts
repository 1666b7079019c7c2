import { and, asc, desc, eq, gt, isNull, lte, sql } from 'drizzle-orm'

import type { Database } from './database.ts'
import { type SessionLinkRow, owned, sessionLinks } from './tables.ts'
import { keyOf } from './usage.ts'

/** Whom a session was linked to; null if to nobody. */
export async function linkOf(db: Database, sessionId: string): Promise<SessionLinkRow | null> {
  const row = await db
    .select()
    .from(sessionLinks)
    .where(eq(sessionLinks.sessionId, sessionId))
    .get()
  return row ?? null
}

/** The sessions that were linked to a user, the newest first. */
export async function sessionsOf(db: Database, userId: string, limit: number): Promise<string[]> {
  const rows = await db
    .select({ id: sessionLinks.sessionId })
    .from(sessionLinks)
    .where(eq(sessionLinks.userId, userId))
    .orderBy(desc(sessionLinks.linkedAt))
    .limit(limit)
  return rows.map(({ id }) => id)
}

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
    .values({ sessionId, userId, linkedAt: now, narrowedTo: conversationIds, retryAt: now })
    .onConflictDoUpdate({
      target: sessionLinks.sessionId,
      set: {
        narrowedTo: sql`CASE WHEN ${sessionLinks.narrowedTo} IS NULL OR ${ids} IS NULL THEN NULL ELSE (
          SELECT json_group_array(value) FROM (
            SELECT value FROM json_each(${sessionLinks.narrowedTo}) UNION SELECT value FROM json_each(${ids})
          )) END`,
        finishedAt: null,
        attempts: 0,
        retryAt: now,
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
    .select({ id: owned.id })
    .from(owned)
    .where(
      and(
        eq(owned.owner, keyOf({ kind: 'session', id: sessionId })),
        gt(owned.id, after),
        narrowedTo === null
          ? undefined
          : sql`${owned.id} IN (SELECT value FROM json_each(${JSON.stringify(narrowedTo)}))`,
      ),
    )
    .orderBy(asc(owned.id))
    .limit(limit)
  return rows.map(({ id }) => id)
}

/** Links that are not carried out in full and due for another try at `now`, the longest due first. */
export async function unfinishedLinks(
  db: Database,
  now: number,
  limit: number,
): Promise<SessionLinkRow[]> {
  return db
    .select()
    .from(sessionLinks)
    .where(and(isNull(sessionLinks.finishedAt), lte(sessionLinks.retryAt, now)))
    .orderBy(asc(sessionLinks.retryAt))
    .limit(limit)
}

/**
 * Closes a link whose every conversation was told. A conversation that the record does not show yet needs no open link:
 * its flush asks for the link itself (see `writeBatch`). A link that was widened since then stays open.
 */
export async function finishLink(
  db: Database,
  { sessionId, narrowedTo }: SessionLinkRow,
  now: number,
): Promise<void> {
  const told = narrowedTo && JSON.stringify(narrowedTo)
  await db
    .update(sessionLinks)
    .set({ finishedAt: now })
    .where(and(eq(sessionLinks.sessionId, sessionId), sql`${sessionLinks.narrowedTo} IS ${told}`))
}

/** Leaves a link for a later run of the cron job. */
export async function postponeLink(
  db: Database,
  sessionId: string,
  attempts: number,
  retryAt: number,
): Promise<void> {
  await db
    .update(sessionLinks)
    .set({ attempts, retryAt })
    .where(eq(sessionLinks.sessionId, sessionId))
}
