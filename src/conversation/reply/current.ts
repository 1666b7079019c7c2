import type { Head } from '../log/rows.ts'
import type { RunningReply } from './running-reply.ts'

/** Which reply runs, for all who have to know. `Replies` alone changes it. */
export class CurrentReply {
  running: RunningReply | null = null
  /** The one that ended last while this object lived, for callers who are just about to go on with it. */
  last: RunningReply | null = null
  /** Whether a reply that is over still waits to be kept: nothing may come before it. */
  hasLeftover = false

  /**
   * The conversation as it is once the running reply is stopped. New messages are admitted to that before it is stopped:
   * a request that is refused anyway costs no reply.
   */
  headOnceStopped(head: Head): Head {
    // What is kept of the reply is an assistant's message, which leaves no call of an earlier one open.
    return this.running?.text ? { ...head, openCalls: [] } : head
  }
}
