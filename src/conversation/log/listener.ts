import type { Message } from '../../contract/message.ts'

/** Is told what was written, once it is: what may yet be undone is told to nobody. */
export interface LogListener {
  /** Whether anybody is told. */
  isHeard: () => boolean
  appended: (messages: Message[]) => void
  changed: () => void
  /** Words of a message are gone. */
  removed: (message: Message) => void
}
