export const DAY_MS = 24 * 60 * 60 * 1000

interface Liveness {
  isActive: boolean
  quietSince: number
  archivedAt: number | null
}

/** From when on a conversation counts as archived if nothing happens in it, in ms since the epoch. */
const archivedFrom = ({ quietSince }: Pick<Liveness, 'quietSince'>, days: number): number =>
  quietSince + days * DAY_MS

/**
 * A conversation as it is now: one that has been quiet for so many days is archived, since the moment it had been.
 * The cron job writes the same into the record, so object and record always say the same.
 */
export function settled<T extends Liveness>(row: T, now: number, days: number): T {
  const from = archivedFrom(row, days)
  return row.isActive && from <= now ? { ...row, isActive: false, archivedAt: from } : row
}

/** For how many days archived conversations are kept; undefined for as long as there is room. */
export interface Retention {
  days: number | undefined
  /** Those that no user owns. */
  anonymousDays: number | undefined
}

/** The days that a conversation is kept once it is archived: the shorter ones if both apply. */
export const daysKept = ({ days, anonymousDays }: Retention, isAnonymous: boolean) =>
  isAnonymous ? Math.min(days ?? Infinity, anonymousDays ?? Infinity) : (days ?? Infinity)

/**
 * Whether a conversation has been archived for as long as it is kept. The days count from the later of archiving and
 * its last use here: an import brings the date of an archiving elsewhere, and no date from outside makes anything due.
 */
export const isExpired = (
  { isActive, archivedAt, quietSince, userId }: Liveness & { userId: string | null },
  retention: Retention,
  now: number,
): boolean =>
  !isActive &&
  archivedAt !== null &&
  Math.max(archivedAt, quietSince) + daysKept(retention, userId === null) * DAY_MS <= now
