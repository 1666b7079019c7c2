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

/** What is known of somebody who begins a conversation. */
export interface Beginner {
  /** Whether it is a session that was linked to a user. */
  isLinked: boolean
  /** How many conversations they have, counted no further than was asked. */
  count: number
  /** How many blocks those take up. */
  blocks: number
}

/** Everything that decides whether somebody may begin one more conversation, in one query. */
export async function beginnerOf(
  { $client }: Database,
  owner: Owner,
  countUpTo: number,
): Promise<Beginner> {
  const session = owner.kind === 'session' ? owner.id : null
  const [row = [0, 0, 0]] = await $client
    .prepare(
      `SELECT EXISTS (SELECT 1 FROM session_links WHERE session_id = ?1),
        (SELECT count(*) FROM (SELECT 1 FROM owned WHERE owner = ?2 LIMIT ?3 + 0)),
        coalesce((SELECT blocks FROM owner_usage WHERE owner = ?2), 0)`,
    )
    .bind(session, keyOf(owner), countUpTo)
    .raw<[number, number, number]>()
  const [linked, count, blocks] = row
  return { isLinked: linked === 1, count, blocks }
}
