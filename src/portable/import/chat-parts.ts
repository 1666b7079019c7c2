import type { Part } from '../../contract/part.ts'
import { type Block, saidIn } from './blocks.ts'
import { sourcesIn } from './parts.ts'
import { type Fields, fieldsOf, idOf, isFields, listOf, rest, textOf } from './values.ts'

/** Content is text, or parts in one of the forms that the APIs of models have. A number is the text of it. */
export function blocksOf(content: unknown): Block[] {
  if (typeof content === 'number') return [{ kind: 'text', text: String(content), raw: null }]
  const { parts, ...more } = fieldsOf(content)
  if (Array.isArray(parts) && !('type' in more)) return blocksOf(parts)
  return (Array.isArray(content) ? listOf(content) : [content]).flatMap((part): Block[] => {
    if (typeof part === 'string') return [{ kind: 'text', text: part, raw: null }]
    return isFields(part) ? (readCall(part) ?? [readPart(part)]) : []
  })
}

function readPart(part: Fields): Block {
  const type = textOf(part['type'])
  const text = textIn(part)
  if (type === 'thinking' || type === 'reasoning' || type === 'redacted_thinking') {
    const { thinking, signature, data } = part
    const thought = {
      text: textOf(thinking) || text,
      ...(textOf(signature) !== '' && { signature: textOf(signature) }),
      ...(textOf(data) !== '' && { encrypted: textOf(data) }),
    }
    return { kind: 'thought', thought, raw: null }
  }
  if (part['thought'] === true) return { kind: 'thought', thought: { text }, raw: null }
  if (type === 'refusal') return { kind: 'text', text: textOf(part['refusal']) || text, raw: part }
  const pages = type.startsWith('source') ? sourcesIn([part, part['source']]) : []
  if (pages.length > 0) return { kind: 'other', name: null, raw: part, parts: pages }
  if (text !== '') return { kind: 'text', text, raw: rest(part, TEXTS) }
  return { kind: 'other', name: nameOf(type, part), raw: part }
}

const TEXTS = ['type', 'text', 'content', 'value']

/** The text of a part, in each of the fields that programs have for it. */
function textIn({ text, content, value }: Fields): string {
  return [text, fieldsOf(text)['value'], content, value].map(textOf).find(Boolean) ?? ''
}

/** A call, its result, or both, as the APIs have them and the AI SDK; null if a part is nothing of that. */
function readCall(part: Fields): Block[] | null {
  const type = textOf(part['type'])
  const { functionCall: called, functionResponse: answered, toolInvocation } = part
  if (isFields(called)) return [callOf(called, called['args'])]
  if (isFields(answered)) return [resultOf(answered['id'], answered['response'])]
  if (type === 'tool_result' || type === 'tool-result') {
    const { tool_use_id: of, toolCallId, content, output, result } = part
    return [resultOf(idOf(of, toolCallId), content ?? output ?? result)]
  }
  const isOwn = type === 'dynamic-tool' || (type.startsWith('tool-') && 'toolCallId' in part)
  const isCall = type === 'tool_use' || type === 'tool-call' || isOwn
  if (!isCall && !isFields(toolInvocation)) return null
  const call = isFields(toolInvocation) ? toolInvocation : part
  const named = isOwn ? { name: type.replace(/^tool-/, ''), ...call } : call
  const result = call['output'] ?? call['result'] ?? call['errorText']
  const asked = callOf(named, call['input'] ?? call['args'])
  return result == null ? [asked] : [asked, resultOf(call['toolCallId'], result)]
}

const callOf = ({ id, toolCallId, name, toolName }: Fields, input: unknown): Block => ({
  kind: 'call',
  id: idOf(id, toolCallId),
  name: idOf(toolName, name) ?? 'tool',
  input,
  raw: null,
})

const resultOf = (of: unknown, result: unknown): Block => ({
  kind: 'result',
  of: idOf(of),
  text: resultText(result),
  raw: null,
})

function resultText(result: unknown): string {
  if (!isFields(result)) return saidIn(blocksOf(result)).join('\n')
  const { type, value } = result
  return type === 'text' && typeof value === 'string' ? value : JSON.stringify(result)
}

/** What is shown of a part that is no text; null for what only says where a step begins. */
function nameOf(type: string, part: Fields): string | null {
  if (type === 'step-start') return null
  if (type.includes('image') || isFields(part['inlineData'])) return 'image'
  if (type.includes('audio')) return 'audio'
  return idOf(fieldsOf(part['file'])['filename'], part['filename'], part['name'], type) ?? 'content'
}

/** A picture that comes with the message, in each of the forms that APIs have for it. */
export function imageOf(raw: unknown): Part[] {
  const { type, image_url: linked, source, inlineData } = fieldsOf(raw)
  const { media_type: kind, data, url: address } = fieldsOf(source)
  const { mimeType, data: inline } = fieldsOf(inlineData)
  if (textOf(mimeType).startsWith('image/') && textOf(inline) !== '') {
    const url = `data:${textOf(mimeType)};base64,${textOf(inline)}`
    return [{ type: 'image_url', image_url: { url } }]
  }
  const inside = textOf(data) === '' ? '' : `data:${textOf(kind)};base64,${textOf(data)}`
  const image = isFields(linked) ? linked : { url: textOf(linked) || inside || textOf(address) }
  const isImage =
    textOf(type).includes('image') && /^(data:image\/|https?:)/.test(textOf(image['url']))
  return isImage ? [{ type: 'image_url', image_url: image } as Part] : []
}
