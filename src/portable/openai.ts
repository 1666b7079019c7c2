import { isFileId } from '../contract/file.ts'
import { isKnownPart } from '../contract/part.ts'
import type { PortableMessage } from '../contract/portable.ts'
import type { Format } from './format.ts'

/** How many messages wait for the results of the calls before them: results may be late, but memory has an end. */
const MOST_WAITING = 100

type Said = { role: string } & Record<string, unknown>

interface Line {
  state: 'waits' | 'begun' | 'left out'
  /** What waits. */
  text: string
}

interface OpenCalls {
  message: PortableMessage
  results: Map<string, PortableMessage>
  /** What came since and is not a result. */
  later: PortableMessage[]
}

/** UTF-16 units that wait for an assistant's first message: no example is that long, and memory has an end. */
const MOST_BEFORE = 4 * 1024 * 1024

/**
 * Lines for chat fine-tuning: developers.openai.com, "Supervised fine-tuning". One conversation a line. A line without
 * an assistant's message is refused there, so such a conversation is left out.
 */
export const openai: Format = {
  mediaType: 'application/jsonl',
  extension: 'jsonl',
  isLine: true,
  writer: () => {
    let line: Line = { state: 'waits', text: '' }
    let leftOut = 0
    let open: OpenCalls | null = null
    const written = (values: Said[]): string => {
      const text = values.map((value) => JSON.stringify(value)).join(',')
      if (text === '' || line.state === 'left out') return ''
      if (line.state === 'begun') return `,${text}`
      const so = line.text === '' ? `{"messages":[${text}` : `${line.text},${text}`
      const isAnswered = values.some(({ role }) => role === 'assistant')
      if (isAnswered) line = { state: 'begun', text: '' }
      else if (so.length > MOST_BEFORE) line = { state: 'left out', text: '' }
      else line = { state: 'waits', text: so }
      return isAnswered ? so : ''
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
        line = { state: 'waits', text: '' }
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
        if (line.state === 'begun') return `${rest}]}\n`
        leftOut += 1
        return ''
      },
      leftOut: () => leftOut,
      end: () => '',
    }
  },
}

/** As long as ids of calls and names of functions may be in the API; names have no other signs than letters, digits, `_` and `-`. */
const ID_LENGTH = 40
const NAME_LENGTH = 64

/** Calls with all their results in the calls' order. Calls that lack one are left out, for such a line is refused. */
function callsWith(message: PortableMessage, results: Map<string, PortableMessage>): Said[] {
  const { tool_calls: calls } = message
  if (calls === null || results.size < calls.length) return spoken(message)
  return [
    {
      role: 'assistant',
      content: message.content,
      tool_calls: calls.map(({ id, type, function: { name, arguments: given } }) => ({
        id: id.slice(-ID_LENGTH),
        type,
        function: { name: name.replaceAll(/[^\w-]/g, '_').slice(0, NAME_LENGTH), arguments: given },
      })),
    },
    ...calls.map(({ id }) => ({
      role: 'tool',
      tool_call_id: id.slice(-ID_LENGTH),
      content: results.get(id)?.content ?? '',
    })),
  ]
}

/** A message without calls, if it is anything; a result that no call waits for is nothing. */
function spoken({ role, content, parts, status }: PortableMessage): Said[] {
  if (role === 'tool') return []
  if (role === 'user') return [{ role, content: sendable(parts) ?? content }]
  if (content === '') return []
  // A cut reply is context, and nothing to learn from.
  return [{ role, content, ...(status === 'interrupted' && { weight: 0 }) }]
}

/** The parts that the format knows; null if there is none. */
function sendable(parts: PortableMessage['parts']): object[] | null {
  const known = (parts ?? []).filter(isKnownPart).flatMap((part): object[] => {
    if (part.type === 'text') return [part]
    // A file that is here alone, or of which only the name is known, is refused as a file.
    if (part.type === 'image_url') {
      const { url, detail } = part.image_url
      if (url === undefined) return [{ type: 'text', text: '[image]' }]
      return [{ type: 'image_url', image_url: { url, ...(detail && { detail }) } }]
    }
    if (part.type !== 'file') return []
    const { filename, file_data: data, file_id: id } = part.file
    if (data !== undefined || (id !== undefined && !isFileId(id))) return [part]
    return filename === undefined ? [] : [{ type: 'text', text: `[${filename}]` }]
  })
  return known.length > 0 ? known : null
}
