import type { FileUIPart, UIMessage } from 'ai'

import { explain } from '../api/hilo.ts'
import { tell } from '../state/notices.ts'
import { language } from '../words/words.ts'
import type { Thread } from './thread.ts'
import type { Where } from './transport.ts'

/** What a person can do in a conversation by speaking. */
export class Talker {
  readonly #thread: Thread
  /** Where what was said last belongs: should it fail, it is said there again. */
  #where: Where = {}

  constructor(thread: Thread) {
    this.#thread = thread
  }

  async send(text: string, files: FileUIPart[]): Promise<void> {
    this.#where = { language }
    await this.#thread.chat.sendMessage({ text, files }, { body: this.#where })
  }

  /** Says something else beside a message. */
  async edit(message: UIMessage, text: string): Promise<void> {
    const { chat, facts } = this.#thread
    const at = chat.messages.findIndex(({ id }) => id === message.id)
    const files = message.parts.filter((part) => part.type === 'file')
    chat.messages = chat.messages.slice(0, at)
    this.#where = { parent_id: facts.get(message.id)?.parent_id ?? null }
    await chat.sendMessage({ text, files }, { body: this.#where })
  }

  /** Asks for another reply beside one. */
  again(message: UIMessage): Promise<void> {
    return this.#thread.chat.regenerate({ messageId: message.id })
  }

  /** Asks again what failed, in the very same words: what Hilo has of it already is not there twice. */
  retry(): Promise<void> {
    return this.#thread.chat.regenerate({ body: this.#where })
  }

  goTo(messageId: string): Promise<void> {
    return this.#thread.patch({ head_id: messageId }).catch((error) => tell(explain(error), true))
  }

  stop(): Promise<void> {
    return this.#thread.stop()
  }
}
