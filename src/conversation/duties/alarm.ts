import { log as logEvent, nameOf } from '../../events.ts'
import type { Core } from './core.ts'
import { type Duty, backoff } from './duties.ts'

/** How each duty is done. */
type Performers = Record<Exclude<Duty, 'erase'>, () => void | Promise<void>> & {
  /** Returns true once the object's own storage may go too. */
  erase: () => Promise<boolean>
}

export interface Alarm extends Core {
  /** Tries again to bring the tables up to date, and to find out what is owed. */
  wake: () => void
  /** Removes what is worth no alarm of its own. */
  tidy: () => void
  performers: Performers
}

/**
 * Works off what is due. Returns true if the conversation is erased, down to the object's own storage. Rejects only if
 * not even an alarm can be set: then the platform tries again.
 */
export async function ring(alarm: Alarm): Promise<boolean> {
  const { id, log, duties } = alarm
  if (!log.exists) return false
  duties.rang()
  try {
    return await workOff(alarm)
  } catch (error) {
    logEvent({ event: 'duty-failed', conversation_id: id, duty: 'alarm', error: nameOf(error) })
    duties.rang()
    duties.armLater(Date.now())
    return false
  }
}

async function workOff(alarm: Alarm): Promise<boolean> {
  const { log, duties } = alarm
  if (!log.isOpen || duties.isUnclear) alarm.wake()
  // To erase it takes but the fence and the id; all else waits for tables that can be read.
  if (!log.isOpen && log.fencedSince() === null) {
    duties.armLater(Date.now())
    return false
  }
  if (log.isOpen) alarm.tidy()
  for (const duty of duties.dueAt(Date.now())) {
    if (await perform(alarm, duty)) return true
  }
  duties.arm(Date.now())
  return false
}

async function perform({ id, duties, performers }: Alarm, duty: Duty): Promise<boolean> {
  try {
    return (await performers[duty]()) === true
  } catch (error) {
    const now = Date.now()
    const attempts = duties.attempts(duty) + 1
    duties.postpone(duty, now + backoff(attempts), attempts, now)
    logEvent({ event: 'duty-failed', conversation_id: id, duty, error: nameOf(error) })
    return false
  }
}
