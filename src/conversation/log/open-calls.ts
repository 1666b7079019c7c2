import type { Draft } from '../../contract/message.ts'

type Said = Pick<Draft, 'role' | 'content' | 'toolCalls' | 'toolCallId' | 'status'>

/**
 * Which tool calls wait after messages: an assistant's open its own anew, a result closes one. Calls that were made at
 * once may come as a message each: those that follow one another wait together, as a model is sent them.
 *
 * @param before the message before them
 */
export function openAfter(open: string[], messages: Said[], before: Said | null = null): string[] {
  let [waiting, last] = [open, before]
  for (const message of messages) {
    waiting = next(waiting, message, last)
    last = message
  }
  return waiting
}

function next(open: string[], message: Said, before: Said | null): string[] {
  // A message that was deleted calls nothing, and answers nothing.
  if (message.status === 'deleted') return open
  if (message.role !== 'assistant') return open.filter((id) => id !== message.toolCallId)
  const calls = message.toolCalls?.map((call) => call.id) ?? []
  const isBeside =
    before?.role === 'assistant' &&
    before.toolCalls != null &&
    message.content.trim() === '' &&
    calls.length > 0 &&
    calls.every((id) => !open.includes(id))
  return isBeside ? [...open, ...calls] : calls
}
