import type { PortableMessage } from '../contract/portable.ts'
import type { Format } from './format.ts'

/** UTF-16 units that wait for an answer: a conversation that has none by then is written all the same. */
const MOST_WAITING = 4 * 1024 * 1024

/** Lines as data sets for training have them: one conversation a line. One without an answer is left out. */
export const sharegpt: Format = {
  mediaType: 'application/jsonl',
  extension: 'jsonl',
  isLine: true,
  writer: () => {
    let start = ''
    let isBegun = false
    let waiting = ''
    let leftOut = 0
    return {
      open: () => '',
      conversation: ({ id }) => {
        start = `{"id":${JSON.stringify(id)},"conversations":[`
        isBegun = false
        waiting = ''
        return ''
      },
      message: (message) => {
        for (const turn of turnsOf(message)) {
          waiting += (waiting === '' && !isBegun ? start : ',') + JSON.stringify(turn)
        }
        const isAnswer = message.role === 'assistant' && message.content !== ''
        if (!isBegun && !isAnswer && waiting.length < MOST_WAITING) return ''
        isBegun = true
        const written = waiting
        waiting = ''
        return written
      },
      closeConversation: () => {
        if (isBegun) return ']}\n'
        leftOut += 1
        return ''
      },
      leftOut: () => leftOut,
      end: () => '',
    }
  },
}

interface Turn {
  from: string
  value: string
}

const names = { system: 'system', user: 'human', assistant: 'gpt', tool: 'observation' } as const

/** What one message said, and the calls that it made: JSON of one, or of all of them. */
function turnsOf({ role, content, tool_calls: calls }: PortableMessage): Turn[] {
  const said = content === '' && role !== 'tool' ? [] : [{ from: names[role], value: content }]
  if (calls === null) return said
  const made = calls.map(({ function: { name, arguments: given } }) => ({
    name,
    arguments: argumentsOf(given),
  }))
  return [
    ...said,
    { from: 'function_call', value: JSON.stringify(made.length === 1 ? made[0] : made) },
  ]
}

function argumentsOf(given: string): unknown {
  try {
    return JSON.parse(given)
  } catch {
    return given
  }
}
