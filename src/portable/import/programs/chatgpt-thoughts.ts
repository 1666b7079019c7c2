import type { Thought } from '../found.ts'
import { type Fields, fieldsOf, listOf, rest, textOf } from '../values.ts'
import { cited } from './chatgpt-citations.ts'

export interface Thinking {
  thought: Thought
  /** As the file has it. */
  raw: unknown
}

/** What a message is that only thinks; null if it says something. */
export function thoughtOf(message: Fields): Thinking | null {
  const content = fieldsOf(message['content'])
  const type = textOf(content['content_type'])
  const raw = rest(message, ['author'])
  if (type === 'reasoning_recap') return { thought: { text: textOf(content['content']) }, raw }
  if (type !== 'thoughts') return null
  const thoughts = listOf(content['thoughts']).map((one) => {
    const { summary, content: text } = fieldsOf(one)
    return [textOf(summary), textOf(text)].filter(Boolean).join('\n')
  })
  const { text } = cited(thoughts.join('\n\n'), fieldsOf(message['metadata']), 'assistant')
  return { thought: { text }, raw }
}
