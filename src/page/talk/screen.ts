import type { Chat } from '@ai-sdk/react'
import type { UIMessage } from 'ai'

import type { Message } from '../api/hilo.ts'
import { Facts } from './path.ts'
import { toUIMessages } from './ui-messages.ts'

/** Brings what Hilo has into the chat, and knows which of its messages each one on the screen stands for. */
export class Screen {
  readonly facts = new Facts()
  readonly #chat: Chat<UIMessage>
  #shown = new Map<string, Message[]>()

  constructor(chat: Chat<UIMessage>) {
    this.#chat = chat
  }

  get isBusy(): boolean {
    return this.#chat.status === 'submitted' || this.#chat.status === 'streaming'
  }

  /** Shows a line of messages. A reply that is being written is left alone: it is the chat's until it has ended. */
  show(path: Message[]): void {
    if (this.isBusy) return
    const kept = toUIMessages(path)
    this.#shown = new Map(kept.map(({ turn, message }) => [message.id, turn]))
    // What was said here, and is not known to be kept yet, or failed, stays on the screen.
    const isUnkept = ({ id }: UIMessage) => !this.#shown.has(id) && !this.facts.has(id)
    this.#chat.messages = [
      ...kept.map(({ message }) => message),
      ...this.#chat.messages.filter(isUnkept),
    ]
  }

  /** What was said last, and is not known to be kept. */
  get unsent(): UIMessage[] {
    const { messages } = this.#chat
    const isKept = ({ id, role }: UIMessage) =>
      role !== 'user' || this.#shown.has(id) || this.facts.has(id)
    return messages.slice(messages.findLastIndex(isKept) + 1)
  }

  /** What Hilo has of a message that is shown; of a model's turn, its first. Undefined of one that is just being said. */
  factOf(uiId: string): Message | undefined {
    const [first] = this.#shown.get(uiId) ?? []
    return first && this.facts.get(first.id)
  }
}
