import { eq } from 'drizzle-orm'

import type { Owner } from '../contract/caller.ts'
import type { Database } from './database.ts'
import { type ConversationRow, ownerUsage } from './tables.ts'

/** As the triggers on `conversations` name an owner. */
export const keyOf = ({ kind, id }: Owner): string => `${kind}:${id}`

/** Whose a conversation is: its user’s, or nobody’s but its session’s. */
export const ownerOf = ({
  userId,
  sessionId,
}: Pick<ConversationRow, 'userId' | 'sessionId'>): Owner =>
  userId === null ? { kind: 'session', id: sessionId ?? '' } : { kind: 'user', id: userId }

/** How many blocks an owner's conversations take up. */
export async function usageOf(db: Database, owner: Owner): Promise<number> {
  const row = await db
    .select({ blocks: ownerUsage.blocks })
    .from(ownerUsage)
    .where(eq(ownerUsage.owner, keyOf(owner)))
    .get()
  return row?.blocks ?? 0
}
