import { type JsonObject, type JsonValue, isObject } from '../../contract/json.ts'
import { CALL_ID_LENGTH, CALL_NAME_LENGTH } from '../../contract/limits.ts'
import type { ToolCall } from '../../contract/message.ts'

/** What Hilo has fields for of a message's parts, in the order in which they came. */
export interface Told {
  parts: JsonObject[]
  calls: ToolCall[]
  results: { callId: string; content: string }[]
}

const textIn = (value: unknown): string => (typeof value === 'string' ? value : '')

/**
 * The parts of `aui/v0` and of `ai-sdk/v6`, which tell themselves apart. What has no field stays with what was sent.
 *
 * @param isOurs whether an address is that of a file of Hilo's
 */
export function readParts(all: JsonValue[], isOurs: (url: string) => boolean): Told {
  const told: Told = { parts: [], calls: [], results: [] }
  for (const part of all) {
    if (!isObject(part)) continue
    const type = textIn(part['type'])
    if (type === 'tool-call' || type === 'dynamic-tool') readCall(told, part, part['toolName'])
    else if (type.startsWith('tool-')) readCall(told, part, type.slice('tool-'.length))
    else told.parts.push(...partOf(type, part, isOurs))
  }
  return told
}

function partOf(type: string, part: JsonObject, isOurs: (url: string) => boolean): JsonObject[] {
  switch (type) {
    case 'text':
    case 'reasoning':
      return [{ type, text: textIn(part['text']) }]
    case 'image':
      return [{ type: 'image_url', image_url: { url: part['image'] ?? '' } }]
    case 'file':
      return [fileOf(part, isOurs)]
    case 'source':
    case 'source-url':
      return part['url'] === undefined
        ? [{ type: 'data', name: 'source', data: part }]
        : [{ type: 'source', url: part['url'], ...titleOf(part) }]
    case 'source-document':
      return [{ type: 'data', name: 'source', data: part }]
    case 'data':
      return [{ type, name: part['name'] ?? '', data: part['data'] ?? null }]
    case 'step-start':
      return []
    default:
      return type.startsWith('data-')
        ? [{ type: 'data', name: type.slice('data-'.length), data: part['data'] ?? null }]
        : [part]
  }
}

const titleOf = ({ title }: JsonObject) => (typeof title === 'string' ? { title } : {})

/** `data` is base64, a data URL or an address in `aui/v0`; `url` is one of the latter two in `ai-sdk/v6`. */
function fileOf(part: JsonObject, isOurs: (url: string) => boolean): JsonObject {
  const type = textIn(part['mimeType'] ?? part['mediaType'])
  const said = textIn(part['data'] ?? part['url'])
  const filename = textIn(part['filename'])
  const isAddress = /^https?:/i.test(said) || part['sourceType'] === 'id'
  const data = isAddress || said.startsWith('data:') ? said : `data:${type};base64,${said}`
  if (type.startsWith('image/') && part['sourceType'] !== 'id') {
    return { type: 'image_url', image_url: { url: data } }
  }
  const named = filename && { filename }
  if (isOurs(said)) return { type: 'file', file: { ...named, url: said } }
  // A file that is elsewhere can be named, but not sent to a model.
  if (isAddress) return { type: 'data', name: 'file', data: { type, url: said, filename } }
  return { type: 'file', file: { ...named, file_data: data } }
}

function readCall({ calls, results }: Told, part: JsonObject, name: unknown): void {
  const id = textIn(part['toolCallId'])
  const named = textIn(name)
  const isTaken = calls.some((call) => call.id === id)
  if (id === '' || named === '' || isTaken) return
  if (id.length > CALL_ID_LENGTH || named.length > CALL_NAME_LENGTH) return
  const given = part['argsText'] ?? part['args'] ?? part['input'] ?? {}
  calls.push({ id, type: 'function', function: { name: named, arguments: asText(given) } })
  const result = part['result'] ?? part['output'] ?? part['errorText']
  if (result !== undefined) results.push({ callId: id, content: asText(result) })
}

const asText = (value: JsonValue): string =>
  typeof value === 'string' ? value : JSON.stringify(value)
