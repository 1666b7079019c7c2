import type { Step } from './fake-network.ts'
import { network } from './network.ts'

/** What somebody asks, answered by the script of `key`. */
export const question = (key: string, id = 'q') => ({
  id,
  role: 'user',
  content: `Hello #${key}`,
})

/** A model that says one thing, in a script. */
export const says = (text: string): Step[] => [{ text }, { finish: 'stop' }]

/** A piece of a tool call, as a provider streams it. */
export const calling = (index: number, delta: object): Step => ({
  chunk: {
    id: 'c',
    object: 'chat.completion.chunk',
    created: 1,
    model: 'test-model-2026',
    choices: [{ index: 0, delta: { tool_calls: [{ index, ...delta }] }, finish_reason: null }],
  },
})

/** Whole calls of a function without arguments, in a script. */
export const callsTo = (...ids: string[]): Step[] => [
  ...ids.map((id, index) => calling(index, { id, function: { name: 'look', arguments: '{}' } })),
  { finish: 'tool_calls' },
]

export const result = (callId: string, content: string, id = `result-of-${callId}`) => ({
  id,
  role: 'tool',
  tool_call_id: callId,
  content,
})

/** What the model was sent. */
export const promptOf = (seen: { body: unknown } | undefined) =>
  (seen?.body as { messages: Record<string, unknown>[] } | undefined)?.messages ?? []

/** Words that have the model do this. */
export async function scripted(...attempts: Step[][]): Promise<string> {
  const key = crypto.randomUUID()
  await network.script(key, ...attempts)
  return key
}
