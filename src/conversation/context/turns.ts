import type { ModelMessage, ModelPart } from '../../model/model.ts'

/**
 * Neighbours of one role as one message, since strict endpoints want one system message and then a person and the model in
 * turns. No text is lost.
 */
export function asOne(messages: ModelMessage[]): ModelMessage[] {
  const turns: ModelMessage[] = []
  for (const message of messages) {
    const last = turns.at(-1)
    const joined = last && joinedWith(last, message)
    if (joined) turns[turns.length - 1] = joined
    else turns.push(message)
  }
  return turns
}

/** Two messages as one; null if each has to stand by itself. */
function joinedWith(first: ModelMessage, second: ModelMessage): ModelMessage | null {
  if (first.role === 'system' && second.role === 'system') {
    return { role: 'system', content: textsOf(first.content, second.content) }
  }
  if (first.role === 'user' && second.role === 'user') {
    return { role: 'user', content: contentsOf(first.content, second.content) }
  }
  // The results of calls come right behind them.
  const hasCalls = first.role !== 'assistant' || first.tool_calls !== undefined
  if (hasCalls || second.role !== 'assistant') return null
  return { ...second, content: textsOf(first.content, second.content) }
}

const textsOf = (...texts: string[]): string => texts.filter((text) => text !== '').join('\n\n')

function contentsOf(first: string | ModelPart[], second: string | ModelPart[]) {
  if (typeof first === 'string' && typeof second === 'string') return textsOf(first, second)
  return [...partsOf(first), ...partsOf(second)]
}

const partsOf = (content: string | ModelPart[]): ModelPart[] =>
  typeof content === 'string' ? [{ type: 'text', text: content }] : content
