export const DAY_MS = 24 * 60 * 60 * 1000

interface Liveness {
  isActive: boolean
  quietSince: number
  archivedAt: number | null
}

/** From when on a conversation counts as archived if nothing happens in it, in ms since the epoch. */
export const archivedFrom = ({ quietSince }: Pick<Liveness, 'quietSince'>, days: number): number =>
  quietSince + days * DAY_MS

/**
 * A conversation as it is now: one that has been quiet for so many days is archived, since the moment it had been.
 * The cron job writes the same into the record, so object and record say the same, whoever looks first.
 */
export function settled<T extends Liveness>(row: T, now: number, days: number): T {
  const from = archivedFrom(row, days)
  return row.isActive && from <= now ? { ...row, isActive: false, archivedAt: from } : row
}
