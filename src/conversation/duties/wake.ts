import { log as logEvent, nameOf } from '../../events.ts'
import { dropStaged } from '../log/staged.ts'
import type { Core } from './core.ts'

/**
 * Takes up what the object owes, also if the alarm for it is lost, or the duty itself. Never throws: the constructor
 * would fail with it, and the alarm too. To be called again while `log.isOpen` is false, or `duties.isUnclear` true.
 *
 * @param takeUp finds work that nobody remembers; called if the tables are as this version needs them
 */
export function wake({ ctx, id, log, duties }: Core, takeUp: () => void): void {
  try {
    log.open()
  } catch (error) {
    const facts = { conversation_id: id, error: nameOf(error) }
    logEvent({ event: 'alert', alert: 'cannot-migrate', ...facts })
  }
  const isClear = isDone(id, () => {
    if (log.isStaged) dropStaged(ctx.storage.sql)
    if (!log.exists) return
    const now = Date.now()
    if (log.isOpen) {
      if (log.fencedSince() !== null) duties.take('erase', now, now)
      takeUp()
    }
    // An erasure goes on by the fence alone.
    if (log.isOpen || log.fencedSince() !== null) duties.arm(Date.now())
    else duties.armLater(Date.now())
  })
  duties.isUnclear = !isClear
  // What is owed may be known of only by those who look.
  if (!isClear && log.exists) isDone(id, () => duties.armLater(Date.now()))
}

function isDone(id: string, work: () => void): boolean {
  try {
    work()
    return true
  } catch (error) {
    logEvent({ event: 'duty-failed', conversation_id: id, duty: 'wake', error: nameOf(error) })
    return false
  }
}
