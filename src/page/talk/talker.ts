import type { FileUIPart, UIMessage } from 'ai'

import { explain } from '../api/hilo.ts'
import { tell } from '../state/notices.ts'
import type { Thread } from './thread.ts'

/** What a person can do in a conversation by speaking. */
export class Talker {
  readonly #thread: Thread

  constructor(thread: Thread) {
    this.#thread = thread
  }

  send(text: string, files: FileUIPart[]): Promise<void> {
    return this.#thread.chat.sendMessage({ text, files })
  }

  /** Says something else beside a message. */
  edit({ id: messageId, parts }: UIMessage, text: string): Promise<void> {
    const files = parts.filter((part) => part.type === 'file')
    return this.#thread.chat.sendMessage({ text, files, messageId })
  }

  /** Asks for another reply beside one. */
  again(message: UIMessage): Promise<void> {
    return this.#thread.chat.regenerate({ messageId: message.id })
  }

  /** Asks again what failed, in the very same words: what Hilo has of it already is not there twice. */
  retry(): Promise<void> {
    return this.#thread.chat.regenerate()
  }

  goTo(messageId: string): Promise<void> {
    return this.#thread.patch({ head_id: messageId }).catch((error) => tell(explain(error), true))
  }

  stop(): Promise<void> {
    return this.#thread.stop()
  }
}
