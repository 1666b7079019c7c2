import { log as logEvent } from '../../events.ts'
import type { Log } from '../log/log.ts'

/** How far the record shows a conversation. */
export interface Shown {
  lastSeq: number
  version: number
}

/**
 * What the cron job hears of an object that it looks after: `well`; `behind`, the record lost what it had confirmed and
 * is being filled up; `ahead`, the record has more than the log, which takes a reconciliation; `erasing`; or `absent`.
 */
export type Health = 'well' | 'behind' | 'ahead' | 'erasing' | 'absent'

/**
 * An object that is called has woken, and arms its alarm for what it owes. So all that is left here is to compare, by
 * two numbers and without D1.
 *
 * @param shown null if the record shows no row
 */
export function healthOf(
  { log, flush }: { log: Log; flush: { owe: () => void } },
  shown: Shown | null,
): Health {
  if (log.fencedSince() !== null) return 'erasing'
  const head = log.head()
  if (head === null) return 'absent'
  if (shown === null) return 'well'
  if (shown.lastSeq > head.lastSeq || shown.version > head.version) {
    const backlog = { conversation_id: head.id, backlog_ms: 0 }
    logEvent({ event: 'alert', alert: 'record-ahead', ...backlog })
    return 'ahead'
  }
  // A flush that was confirmed since the row was read looks the same. To flush once more does no harm.
  if (shown.lastSeq >= head.flushedSeq && shown.version >= head.flushedVersion) return 'well'
  log.change({}, Date.now())
  flush.owe()
  return 'behind'
}
