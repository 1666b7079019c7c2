import type { Draft } from '../../contract/message.ts'

/** Which tool calls wait after a message: an assistant's open its own anew, a result closes one. */
export function openAfter(open: string[], message: Draft): string[] {
  if (message.role === 'assistant') return message.toolCalls?.map((call) => call.id) ?? []
  return open.filter((id) => id !== message.toolCallId)
}
