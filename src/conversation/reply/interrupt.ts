import type { Desk } from '../desk.ts'
import type { Head } from '../log/rows.ts'

/**
 * The conversation as it is once its running reply is stopped. New messages are admitted to that before it is: what
 * is refused anyway costs no reply.
 */
export function onceStopped({ replies }: Desk, head: Head): Head {
  // An assistant's message, as what is kept of the reply will be, leaves no call of an earlier one open.
  return replies.running?.text ? { ...head, openCalls: [] } : head
}

/** Stops the reply that runs, if one does, and keeps it, together with what interrupts it or not at all. */
export function interrupt({ replies }: Desk): void {
  if (replies.running) replies.stop(replies.running)
}
