import { log as logEvent, nameOf } from '../../events.ts'
import type { Desk } from '../desk.ts'
import { type Duty, backoff } from './duties.ts'
import { wake } from './wake.ts'

/** Works off what is due. Rejects only where not even an alarm can be set: then the platform tries again. Whether the conversation is erased, down to the object's own storage. */
export async function ring(desk: Desk): Promise<boolean> {
  const { id, log, duties } = desk
  if (!log.exists) return false
  duties.rang()
  try {
    return await workOff(desk)
  } catch (error) {
    logEvent({ event: 'duty-failed', conversation_id: id, duty: 'alarm', error: nameOf(error) })
    duties.rang()
    duties.armLater(Date.now())
    return false
  }
}

async function workOff(desk: Desk): Promise<boolean> {
  const { log, duties, usedTickets } = desk
  if (!log.isOpen) wake(desk)
  // To erase it takes but the fence and the id; all else waits for tables that can be read.
  if (!log.isOpen && log.fencedSince() === null) {
    duties.armLater(Date.now())
    return false
  }
  // They are worth no alarm of their own.
  if (log.isOpen) usedTickets.sweep(Date.now())
  for (const duty of duties.dueAt(Date.now())) {
    if (await perform(desk, duty)) return true
  }
  duties.arm(Date.now())
  return false
}

async function perform(desk: Desk, duty: Duty): Promise<boolean> {
  const { id, duties, flush, memory, replies, live, erasure } = desk
  try {
    if (duty === 'flush') await flush.now()
    else if (duty === 'memory') await memory.run()
    else if (duty === 'sockets') live.expire(Date.now())
    else if (duty === 'reply') replies.watch(Date.now())
    else return await erasure.run()
  } catch (error) {
    const now = Date.now()
    const attempts = duties.attempts(duty) + 1
    duties.postpone(duty, now + backoff(attempts), attempts, now)
    logEvent({ event: 'duty-failed', conversation_id: id, duty, error: nameOf(error) })
  }
  return false
}
