import type { FileUIPart, UIMessage } from 'ai'

import { explain } from '../api/hilo.ts'
import { tell } from '../state/notices.ts'
import type { Thread } from './thread.ts'

/** What a person can do in a conversation by speaking. */
export class Talker {
  readonly #thread: Thread
  /** What was asked of a message that Hilo has. */
  #asked: (() => Promise<void>) | null = null

  constructor(thread: Thread) {
    this.#thread = thread
  }

  send(text: string, files: FileUIPart[]): Promise<void> {
    this.#asked = null
    return this.#thread.chat.sendMessage({ text, files })
  }

  /** Says something else beside a message. */
  edit({ id: messageId, parts }: UIMessage, text: string): Promise<void> {
    const files = parts.filter((part) => part.type === 'file')
    return this.#ask(() => this.#thread.chat.sendMessage({ text, files, messageId }))
  }

  /** Asks for another reply beside one. */
  again(message: UIMessage): Promise<void> {
    return this.#ask(() => this.#thread.chat.regenerate({ messageId: message.id }))
  }

  /** Asks again what failed, in the very same words: what Hilo has of it already is not there twice. */
  retry(): Promise<void> {
    const { chat, outbox } = this.#thread
    if (outbox.keep().length > 0) return chat.sendMessage()
    return this.#asked?.() ?? chat.regenerate()
  }

  #ask(asking: () => Promise<void>): Promise<void> {
    this.#asked = asking
    return asking()
  }

  goTo(messageId: string): Promise<void> {
    return this.#thread.patch({ head_id: messageId }).catch((error) => tell(explain(error), true))
  }

  /** Stops the reply that runs. What was said of it is kept. */
  async stop(): Promise<void> {
    const { hilo, id, chat } = this.#thread
    const params = { path: { id } }
    const stopped = await hilo.api
      .POST('/api/chat/{id}/stop', { params, body: {} })
      .catch(() => null)
    if (!stopped?.response.ok) await chat.stop()
  }
}
