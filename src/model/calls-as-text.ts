import type { ModelMessage } from './model.ts'

type Calling = Extract<ModelMessage, { role: 'assistant' }>

/**
 * Calls and their results as text, for endpoints that don't take them: what was called and found is not lost, and roles
 * still take turns.
 *
 * @param areText says for which messages
 */
export function callsAsText(
  messages: ModelMessage[],
  areText: (message: Calling) => boolean,
): ModelMessage[] {
  const written: ModelMessage[] = []
  let names = new Map<string, string>()
  for (const message of messages) {
    if (message.role === 'assistant') names = new Map()
    if (message.role === 'assistant' && message.tool_calls && areText(message)) {
      const { content, tool_calls: calls } = message
      names = new Map(calls.map((call) => [call.id, call.function.name]))
      const made = calls.map(({ function: called }) => `[${called.name}(${called.arguments})]`)
      written.push({ role: 'assistant', content: [content, ...made].filter(Boolean).join('\n') })
      continue
    }
    const name = message.role === 'tool' ? names.get(message.tool_call_id) : undefined
    if (message.role !== 'tool' || name === undefined) {
      written.push(message)
      continue
    }
    const found = `[${name}: ${message.content}]`
    const last = written.at(-1)
    // Results of one message stand together, as what a person says.
    if (last?.role === 'user') last.content = `${last.content as string}\n${found}`
    else written.push({ role: 'user', content: found })
  }
  return written
}
