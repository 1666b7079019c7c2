import type { UIMessage } from 'ai'

import { turnsOf, uiMessageOf } from '../../http/ai-sdk/to-ui.ts'
import type { Message } from '../api/hilo.ts'

/** All of a model's turn is one message of the AI SDK's; its calls' results may yet come. */
interface Shown {
  turn: Message[]
  message: UIMessage
}

const made = new WeakMap<Message, Shown>()

const isSameTurn = (a: Message[], b: Message[]): boolean =>
  a.length === b.length && a.every((message, index) => message === b[index])

const toUIMessage = (turn: Message[]): UIMessage =>
  uiMessageOf(turn as Parameters<typeof uiMessageOf>[0]) as UIMessage

/** Messages of Hilo's as the AI SDK has them: the very ones that its routes give, so that an answer to them fits. */
export function toUIMessages(messages: Message[]): Shown[] {
  // The types of the contract and of the reference name the same JSON.
  const turns = turnsOf(messages as Parameters<typeof turnsOf>[0]) as Message[][]
  return turns.map((turn) => {
    const [first] = turn
    const known = first && made.get(first)
    if (known && isSameTurn(known.turn, turn)) return known
    const shown = { turn, message: toUIMessage(turn) }
    if (first) made.set(first, shown)
    return shown
  })
}

export const textOf = ({ parts }: UIMessage): string =>
  parts.flatMap((part) => (part.type === 'text' ? [part.text] : [])).join('\n\n')
