import { type JsonObject, type JsonValue, isObject } from '../../contract/json.ts'
import { type KnownPart, type Part, isKnownPart } from '../../contract/part.ts'
import { whole } from '../../contract/thread-content.ts'
import { type ThreadMessage, leanOf, threadExtraOf } from '../../contract/thread.ts'

type Content = { format: string; content: JsonObject }

/**
 * A message in the format that a client asks for, if it is one that Hilo knows; else as it is kept.
 *
 * @param thread with the addresses of its files
 */
export function contentOf(
  thread: ThreadMessage,
  bare: ThreadMessage['message'],
  asked: string | undefined,
): Content {
  const { is_whole: isWhole, format } = threadExtraOf(bare) ?? {}
  const kept = leanOf(bare)
  const isKnown = asked === 'aui/v0' || asked === 'ai-sdk/v6'
  if (kept !== null && format !== undefined && (asked === format || !isKnown)) {
    const addressOf = (part: number) => urlOf(thread.message.parts?.[part])
    return { format, content: isWhole ? kept.content : whole(kept, bare, addressOf) }
  }
  return asked === 'ai-sdk/v6'
    ? { format: asked, content: asUiMessage(thread) }
    : { format: 'aui/v0', content: asThreadMessage(thread) }
}

/** The address of the file that a part names; none of one that is gone. */
function urlOf(part: Part | undefined): string {
  if (part === undefined || !isKnownPart(part)) return ''
  if (part.type === 'image_url') return part.image_url.url ?? ''
  return part.type === 'file' ? (part.file.url ?? '') : ''
}

/** All of a message's own parts. */
const partsOf = ({ message }: ThreadMessage): KnownPart[] => {
  const parts = (message.parts ?? []).filter(isKnownPart)
  const hasText = parts.some(({ type }) => type === 'text' || type === 'refusal')
  return message.content === '' || hasText
    ? parts
    : [...parts, { type: 'text', text: message.content }]
}

function asThreadMessage(thread: ThreadMessage): JsonObject {
  const { role, status } = thread.message
  return {
    role,
    content: [...partsOf(thread).flatMap(auiPart), ...callsOf(thread).map(auiCall)],
    metadata: { unstable_annotations: [], unstable_data: [], steps: [], custom: {} },
    ...(role === 'assistant' && {
      status:
        status === 'complete'
          ? { type: 'complete', reason: 'stop' }
          : { type: 'incomplete', reason: 'cancelled' },
    }),
  }
}

function auiPart(part: KnownPart): JsonObject[] {
  switch (part.type) {
    case 'text':
    case 'refusal':
      return [{ type: 'text', text: part.text }]
    case 'reasoning':
      return [{ type: 'reasoning', text: part.text }]
    case 'image_url':
      return [{ type: 'image', image: part.image_url.url ?? '' }]
    case 'file': {
      const { filename, url, file_data: data = url } = part.file
      if (data === undefined) return []
      return [{ type: 'file', data, mimeType: mediaOf(data), ...(filename && { filename }) }]
    }
    case 'source':
      return [{ type: 'source', sourceType: 'url', id: part.url, ...linkOf(part) }]
    case 'data':
      return [{ type: 'data', name: part.name, data: part.data }]
  }
}

function asUiMessage(thread: ThreadMessage): JsonObject {
  const parts = [...partsOf(thread).flatMap(uiPart), ...callsOf(thread).map(uiCall)]
  return { role: thread.message.role, parts }
}

function uiPart(part: KnownPart): JsonObject[] {
  switch (part.type) {
    case 'text':
    case 'refusal':
      return [{ type: 'text', text: part.text }]
    case 'reasoning':
      return [{ type: 'reasoning', text: part.text }]
    case 'image_url': {
      const { url = '' } = part.image_url
      return [{ type: 'file', mediaType: mediaOf(url, 'image/*'), url }]
    }
    case 'file': {
      const { filename, url: address, file_data: url = address } = part.file
      if (url === undefined) return []
      return [{ type: 'file', mediaType: mediaOf(url), url, ...(filename && { filename }) }]
    }
    case 'source':
      return [{ type: 'source-url', sourceId: part.url, ...linkOf(part) }]
    case 'data':
      return [{ type: `data-${part.name}`, data: part.data }]
  }
}

const linkOf = ({ url, title }: { url: string; title?: string | undefined }) => ({
  url,
  ...(title !== undefined && { title }),
})

const mediaOf = (url: string, otherwise = 'application/octet-stream'): string =>
  /^data:([^;,]+)/.exec(url)?.[1] ?? otherwise

interface Call {
  id: string
  name: string
  given: string
  result: JsonValue | undefined
}

const callsOf = ({ message, results }: ThreadMessage): Call[] =>
  (message.tool_calls ?? []).map(({ id, function: { name, arguments: given } }) => {
    const content = results.find(({ callId }) => callId === id)?.content
    return { id, name, given, result: content === undefined ? undefined : valueIn(content) }
  })

/** What a tool answered, if it is JSON as that. */
function valueIn(text: string): JsonValue {
  try {
    const value: unknown = JSON.parse(text)
    return typeof value === 'object' && value !== null ? value : text
  } catch {
    return text
  }
}

function auiCall({ id, name, given, result }: Call): JsonObject {
  const args = valueIn(given)
  const isSame = isObject(args) && JSON.stringify(args) === given
  return {
    type: 'tool-call',
    toolCallId: id,
    toolName: name,
    ...(isSame ? { args } : { argsText: given }),
    ...(result !== undefined && { result }),
  }
}

const uiCall = ({ id, name, given, result }: Call): JsonObject => ({
  type: `tool-${name}`,
  toolCallId: id,
  state: result === undefined ? 'input-available' : 'output-available',
  input: valueIn(given),
  ...(result !== undefined && { output: result }),
})
