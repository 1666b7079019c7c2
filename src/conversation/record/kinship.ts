import type { ConversationRow } from '../../storage/tables.ts'
import type { Head } from '../log/rows.ts'

type Life = Pick<ConversationRow | Head, 'userId' | 'sessionId' | 'createdAt'>

/**
 * What the conversations are to each other that log and record hold under one id: the `same`; a `successor`, which its
 * owner created anew after the first was erased or lost; or `strangers`, with two owners. An id that was erased, or
 * whose object was lost, can be used again by anybody.
 */
export type Kinship = 'same' | 'successor' | 'strangers'

export function kinshipOf(ours: Life, theirs: Life): Kinship {
  if (!haveOneOwner(ours, theirs)) return 'strangers'
  return ours.createdAt === theirs.createdAt ? 'same' : 'successor'
}

/** One user, or one session: a side that lacks the user may be from before the login. */
function haveOneOwner(ours: Life, theirs: Life): boolean {
  if (ours.userId !== null && theirs.userId !== null) return ours.userId === theirs.userId
  return ours.sessionId !== null && ours.sessionId === theirs.sessionId
}

type Use = Pick<ConversationRow | Head, 'updatedAt' | 'quietSince'>

/** A log from an earlier moment was not used since the record was written. */
export const isEarlier = (ours: Use, theirs: Use): boolean =>
  ours.updatedAt <= theirs.updatedAt && ours.quietSince <= theirs.quietSince
