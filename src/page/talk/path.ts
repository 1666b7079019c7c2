import type { Message } from '../api/hilo.ts'

/**
 * The line of messages that is shown, once a message is kept: at its end, or after the one that it follows, since what is
 * appended becomes the end of the conversation. Null if it follows one that is not on the line: then the line is another.
 *
 * @param isWhole whether the line is known from its beginning
 */
export function extended(path: Message[], message: Message, isWhole: boolean): Message[] | null {
  const known = path.findIndex(({ id }) => id === message.id)
  if (known >= 0) return path.with(known, message)
  if (path.length === 0 && (message.parent_id === null || isWhole)) {
    return message.parent_id === null ? [message] : null
  }
  if (message.parent_id === null) return isWhole ? [message] : null
  const parent = path.findLastIndex(({ id }) => id === message.parent_id)
  return parent < 0 ? null : [...path.slice(0, parent + 1), message]
}

/** All that is known of messages by id, on the line that is shown and beside it. */
export class Facts {
  readonly #known = new Map<string, Message>()

  get(id: string): Message | undefined {
    return this.#known.get(id)
  }

  has(id: string): boolean {
    return this.#known.has(id)
  }

  /** Remembers a message, and that those beside it have one more. Returns those that changed with it. */
  learn(message: Message): Message[] {
    this.#known.set(message.id, message)
    return message.siblings.flatMap((id) => {
      const beside = this.#known.get(id)
      if (!beside || beside === message || beside.siblings.length >= message.siblings.length)
        return []
      const changed = { ...beside, siblings: message.siblings }
      this.#known.set(id, changed)
      return [changed]
    })
  }
}
