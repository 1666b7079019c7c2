import { log as logEvent, nameOf } from '../events.ts'
import type { Desk } from './desk.ts'
import { type Duty, backoff } from './duties.ts'

/** Works off what is due. Never rejects. Whether the conversation is erased, down to the object's own storage. */
export async function ring(desk: Desk, id: string): Promise<boolean> {
  const { log, duties, tickets } = desk
  if (!log.exists) return false
  duties.rang()
  // They are worth no alarm of their own.
  tickets.sweep(Date.now())
  for (const duty of duties.dueAt(Date.now())) {
    if (await perform(desk, duty, id)) return true
  }
  duties.arm(Date.now())
  return false
}

async function perform(desk: Desk, duty: Duty, id: string): Promise<boolean> {
  const { duties, flush, memory, replies, live, erasure } = desk
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
