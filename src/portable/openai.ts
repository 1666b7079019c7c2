import { isKnownPart } from '../contract/part.ts'
import type { PortableMessage } from '../contract/portable.ts'
import type { Format } from './format.ts'

/** How many messages wait for the results of the calls before them: results may be late, but memory has an end. */
const MOST_WAITING = 100

interface OpenCalls {
  message: PortableMessage
  results: Map<string, PortableMessage>
  /** What came since and is not a result. */
  later: PortableMessage[]
}

/** Lines for chat fine-tuning: developers.openai.com, "Supervised fine-tuning". One conversation a line. */
export const openai: Format = {
  mediaType: 'application/jsonl',
  extension: 'jsonl',
  isLine: true,
  writer: () => {
    let isEmpty = true
    let open: OpenCalls | null = null
    const written = (values: object[]): string => {
      const text = values.map((value) => JSON.stringify(value)).join(',')
      if (text === '') return ''
      const start = isEmpty ? '{"messages":[' : ','
      isEmpty = false
      return start + text
    }
    const released = (): string => {
      if (open === null) return ''
      const { message, results, later } = open
      open = null
      return written([...callsWith(message, results), ...later.flatMap(spoken)])
    }
    return {
      open: () => '',
      conversation: () => {
        isEmpty = true
        return ''
      },
      message: (message) => {
        if (message.tool_calls !== null) {
          const before = released()
          open = { message, results: new Map(), later: [] }
          return before
        }
        if (open === null) return written(spoken(message))
        const { results, later, message: asking } = open
        const { tool_call_id: id, role } = message
        const isAsked = asking.tool_calls?.some((call) => call.id === id)
        if (role !== 'tool') later.push(message)
        else if (id !== null && isAsked && !results.has(id)) results.set(id, message)
        const isWhole = results.size === asking.tool_calls?.length
        return isWhole || later.length >= MOST_WAITING ? released() : ''
      },
      closeConversation: () => {
        const rest = released()
        return isEmpty ? '' : `${rest}]}\n`
      },
      end: () => '',
    }
  },
}

/** Calls with all their results in the calls' order. Calls that lack one are left out, for such a line is refused. */
function callsWith(message: PortableMessage, results: Map<string, PortableMessage>): object[] {
  const { tool_calls: calls } = message
  if (calls === null || results.size < calls.length) return spoken(message)
  return [
    { role: 'assistant', content: message.content, tool_calls: calls },
    ...calls.map(({ id }) => ({
      role: 'tool',
      tool_call_id: id,
      content: results.get(id)?.content ?? '',
    })),
  ]
}

/** A message without calls, if it is anything; a result that no call waits for is nothing. */
function spoken({ role, content, parts, status }: PortableMessage): object[] {
  if (role === 'tool') return []
  if (role === 'user') return [{ role, content: sendable(parts) ?? content }]
  if (content === '') return []
  // A cut reply is context, and nothing to learn from.
  return [{ role, content, ...(status === 'interrupted' && { weight: 0 }) }]
}

/** The parts that the format knows; null if there is none. */
function sendable(parts: PortableMessage['parts']): object[] | null {
  const known = (parts ?? [])
    .filter(isKnownPart)
    .filter(({ type }) => type === 'text' || type === 'image_url' || type === 'file')
  return known.length > 0 ? known : null
}
