import { log as logEvent, nameOf } from '../../events.ts'
import type { Desk } from '../desk.ts'
import { dropStaged } from '../record/merge.ts'
import { isPending } from '../record/outbox.ts'

/**
 * Takes up what the object owes, also where the alarm for it is lost, or the duty itself. Never throws: the constructor
 * would fail with it, and the alarm too. To be called again where `log.isOpen` is still false.
 */
export function wake(desk: Desk): void {
  const { id, log, duties, storage } = desk
  try {
    log.open()
  } catch (error) {
    const facts = { conversation_id: id, error: nameOf(error) }
    logEvent({ event: 'alert', alert: 'cannot-migrate', ...facts })
  }
  try {
    // What a merge that was cut has left.
    dropStaged(storage)
    if (!log.exists) return
    if (log.isOpen) takeUp(desk)
    // An erasure goes on by the fence alone.
    if (log.isOpen || log.fencedSince() !== null) duties.arm(Date.now())
    else duties.armLater(Date.now())
  } catch (error) {
    logEvent({ event: 'duty-failed', conversation_id: id, duty: 'wake', error: nameOf(error) })
  }
}

function takeUp({ log, replies, duties, flush }: Desk): void {
  const now = Date.now()
  if (log.fencedSince() !== null) duties.take('erase', now, now)
  replies.settleLeftover()
  const head = log.head()
  if (head && isPending(head)) flush.owe()
}
