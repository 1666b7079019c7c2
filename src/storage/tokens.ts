import { and, count, desc, eq, lte } from 'drizzle-orm'

import type { Database } from './database.ts'
import { type TokenRow, tokens } from './tables.ts'

/** How many tokens a user may have at once. */
export const TOKENS_PER_USER = 50

/** Keeps a token, and lets those of its user go that have ended. False if the user has as many as is allowed. */
export async function keepToken(db: Database, token: TokenRow): Promise<boolean> {
  const isOwn = eq(tokens.userId, token.userId)
  await db.delete(tokens).where(and(isOwn, lte(tokens.expiresAt, token.createdAt)))
  const standing = await db.select({ n: count() }).from(tokens).where(isOwn).get()
  if ((standing?.n ?? 0) >= TOKENS_PER_USER) return false
  await db.insert(tokens).values(token)
  return true
}

export async function tokenOf(db: Database, id: string): Promise<TokenRow | null> {
  return (await db.select().from(tokens).where(eq(tokens.id, id)).get()) ?? null
}

/** All tokens of a user, the newest first. */
export const tokensOf = (db: Database, userId: string): Promise<TokenRow[]> =>
  db
    .select()
    .from(tokens)
    .where(eq(tokens.userId, userId))
    .orderBy(desc(tokens.createdAt), desc(tokens.id))

/** Whether there was such a token of this user. */
export async function revokeToken(db: Database, userId: string, id: string): Promise<boolean> {
  const gone = await db
    .delete(tokens)
    .where(and(eq(tokens.id, id), eq(tokens.userId, userId)))
    .returning({ id: tokens.id })
  return gone.length > 0
}

export async function revokeAll(db: Database, userId: string): Promise<void> {
  await db.delete(tokens).where(eq(tokens.userId, userId))
}
