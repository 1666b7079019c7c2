import { expect } from 'vitest'

import { conversationOf, messagesOf, written } from './portable.ts'

/** A line of an `openai` export. */
export interface Line {
  messages: {
    role: string
    content: unknown
    tool_calls?: { id: string }[]
    tool_call_id?: string
    weight?: number
  }[]
}

export const linesOf = (text: string) =>
  text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as Line)

/** The messages of the one line that a conversation becomes. */
export async function lineOf(...given: Parameters<typeof messagesOf>) {
  const lines = linesOf(await written('openai', [[conversationOf(), messagesOf(...given)]]))
  expect(lines).toHaveLength(1)
  return lines[0]!.messages
}
