import type { Draft } from '../../contract/message.ts'

/** Which tool calls wait after a message: an assistant's open its own anew, a result closes one. */
export function openAfter(open: string[], message: Draft): string[] {
  // A message that was deleted calls nothing, and answers nothing.
  if (message.status === 'deleted') return open
  if (message.role === 'assistant') return message.toolCalls?.map((call) => call.id) ?? []
  return open.filter((id) => id !== message.toolCallId)
}
