import type { UIMessage } from 'ai'

import { device } from '../state/shelf.ts'
import type { Thread } from './thread.ts'

const nameOf = (id: string): string => `hilo.draft.${id}.unsent`

/** What an earlier page of this browser could not send. */
export const unsentIn = (id: string): UIMessage[] => device.read<UIMessage[]>(nameOf(id), [])

/** What was said in a conversation and is not known to be kept: this browser keeps it till then. */
export class Outbox {
  readonly #thread: Thread

  constructor(thread: Thread) {
    this.#thread = thread
  }

  /** Keeps what is unsent, and gives it, the oldest first. */
  keep(): UIMessage[] {
    const { screen, id } = this.#thread
    const { unsent } = screen
    device.put(nameOf(id), unsent.length === 0 ? null : JSON.stringify(unsent))
    return unsent
  }

  /** Sends what could not be sent before. */
  async send(): Promise<void> {
    const thread = this.#thread
    const isIdle = () => !thread.isBusy && !thread.state.isReadOnly && this.keep().length > 0
    if (!isIdle()) return
    await thread.reload()
    if (isIdle()) await thread.chat.sendMessage()
  }
}
