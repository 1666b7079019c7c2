import { CALL_ID_LENGTH } from '../../contract/limits.ts'
import type { Role } from '../../contract/message.ts'
import type { Part } from '../../contract/part.ts'
import { type Block, saidIn, spread } from './blocks.ts'
import { type Extras, type FoundMessage, roleOf } from './found.ts'
import { type Fields, fieldsOf, firstOf, idOf, isFields, listOf, rest, textOf } from './values.ts'

/** The calls whose results have not come yet, in their order. */
export type Waiting = readonly string[]

export const timeFields = ['created_at', 'createdAt', 'create_time', 'timestamp', 'time', 'date']
const understood = [
  'id',
  'uuid',
  'role',
  'content',
  'model',
  'tool_calls',
  'function_call',
  'tool_call_id',
  'finish_reason',
  'reasoning_content',
  'refusal',
  ...timeFields,
]

/**
 * A message as the chat-completions API has it: the common ground of many programs. A result that names no call is that
 * of the first call that waits for one.
 */
export function readChatMessage(
  id: string,
  message: Fields,
  waiting: Waiting,
  extras: Extras,
): [FoundMessage[], Waiting] {
  const role = roleOf(message['role']) ?? 'system'
  const content = message['content'] ?? message['parts']
  const blocks = [
    ...thoughtsOf(message),
    ...blocksOf(content),
    ...blocksOf(message['refusal']),
    ...callsOf(message),
  ]
  const isPlain = message['content'] !== undefined || message['parts'] === undefined
  const shared = {
    createdAt: firstOf(message, timeFields),
    model: message['model'],
    finishReason: message['finish_reason'],
  }
  const made =
    role === 'assistant'
      ? spread(id, blocks, shared, extras)
      : spoken(id, role, blocks, shared.createdAt, extras)
  if (role === 'tool') {
    for (const one of made) {
      one.toolCallId ??= (idOf(message['tool_call_id']) ?? waiting[0] ?? `${id}-call`).slice(
        0,
        CALL_ID_LENGTH,
      )
    }
  }
  if (made.length === 0) {
    extras.hidden.push(message)
    return [[], waiting]
  }
  extras.leave(id, message, isPlain ? understood : [...understood, 'parts'])
  if (role !== message['role']) extras.leave(id, { role: message['role'] }, [])
  return [made, made.reduce(stillWaiting, waiting)]
}

function stillWaiting(waiting: Waiting, { toolCalls, toolCallId }: FoundMessage): Waiting {
  const called = listOf(toolCalls).map((call) => textOf(fieldsOf(call)['id']))
  return [...waiting, ...called].filter((one) => one !== toolCallId)
}

/** What a person said, a system or a tool. Results that an API has people send are messages of their own. */
export function spoken(
  id: string,
  role: Role,
  blocks: Block[],
  createdAt: unknown,
  extras: Extras,
): FoundMessage[] {
  const results = role === 'tool' ? [] : blocks.filter(({ kind }) => kind === 'result')
  const texts = saidIn(role === 'tool' ? blocks.map(asText) : blocks)
  const others = blocks.filter((block) => block.kind === 'other')
  const images = others.flatMap(({ raw }) => imageOf(raw))
  const mayShow = role !== 'system'
  const raws = blocks.flatMap(({ kind, raw }) => (kind === 'result' ? [] : (raw ?? [])))
  extras.leave(id, { content: raws.filter((raw) => !mayShow || imageOf(raw).length === 0) }, [])
  const made = spread(`${id}-result`, results, { createdAt }, extras)
  if (texts.length === 0 && others.length === 0) return made
  const parts: Part[] = [...texts.map((text) => ({ type: 'text' as const, text })), ...images]
  const { name } = others[0] ?? { name: null }
  return [
    ...made,
    {
      id,
      role,
      content: texts.join('\n'),
      placeholder: name === null ? null : `[${name}]`,
      parts: images.length > 0 && mayShow ? parts : null,
      createdAt,
    },
  ]
}

const asText = (block: Block): Block =>
  block.kind === 'result' ? { kind: 'text', text: block.text, raw: null } : block

function thoughtsOf({ reasoning_content: text }: Fields): Block[] {
  return textOf(text) === ''
    ? []
    : [{ kind: 'thought', thought: { text: textOf(text) }, raw: null }]
}

/** Content is text, or parts in one of the forms that the APIs of models have. A number is the text of it. */
export function blocksOf(content: unknown): Block[] {
  if (typeof content === 'number') return [{ kind: 'text', text: String(content), raw: null }]
  return (Array.isArray(content) ? listOf(content) : [content]).flatMap((part): Block[] => {
    if (typeof part === 'string') return [{ kind: 'text', text: part, raw: null }]
    return isFields(part) ? [readPart(part)] : []
  })
}

function readPart(part: Fields): Block {
  const type = textOf(part['type'])
  const text = textOf(part['text'])
  if (type === 'thinking' || type === 'reasoning' || type === 'redacted_thinking') {
    const { thinking, signature, data } = part
    const thought = {
      text: textOf(thinking) || text,
      ...(textOf(signature) !== '' && { signature: textOf(signature) }),
      ...(textOf(data) !== '' && { encrypted: textOf(data) }),
    }
    return { kind: 'thought', thought, raw: null }
  }
  if (type === 'tool_use' || type === 'tool-call') {
    const { id, toolCallId, name, toolName, input, args } = part
    const called = idOf(name, toolName) ?? 'tool'
    return { kind: 'call', id: idOf(id, toolCallId), name: called, input: input ?? args, raw: null }
  }
  if (type === 'tool_result' || type === 'tool-result') {
    const { tool_use_id: of, toolCallId } = part
    const result = part['content'] ?? part['output'] ?? part['result']
    return { kind: 'result', of: idOf(of, toolCallId), text: resultText(result), raw: null }
  }
  if (type === 'refusal') return { kind: 'text', text: textOf(part['refusal']) || text, raw: part }
  if (text !== '') return { kind: 'text', text, raw: rest(part, ['type', 'text']) }
  return { kind: 'other', name: nameOf(type, part), raw: part }
}

function resultText(result: unknown): string {
  if (isFields(result)) return JSON.stringify(result)
  return saidIn(blocksOf(result)).join('\n')
}

function nameOf(type: string, part: Fields): string {
  if (type.includes('image')) return 'image'
  if (type.includes('audio')) return 'audio'
  return idOf(fieldsOf(part['file'])['filename'], part['filename'], part['name'], type) ?? 'content'
}

/** A picture that comes with the message, in each of the forms that APIs have for it. */
function imageOf(raw: unknown): Part[] {
  const { type, image_url: linked, source } = fieldsOf(raw)
  const { media_type: kind, data, url: address } = fieldsOf(source)
  const inside = textOf(data) === '' ? '' : `data:${textOf(kind)};base64,${textOf(data)}`
  const image = isFields(linked) ? linked : { url: textOf(linked) || inside || textOf(address) }
  const isImage =
    textOf(type).includes('image') && /^(data:image\/|https?:)/.test(textOf(image['url']))
  return isImage ? [{ type: 'image_url', image_url: image } as Part] : []
}

/** The calls that stand beside the content; one alone in the older form of the API. */
function callsOf({ tool_calls: calls, function_call: older }: Fields): Block[] {
  const all = isFields(older) ? [{ function: older }] : listOf(calls)
  return all.filter(isFields).map((call): Block => {
    const { name, arguments: input } = isFields(call['function']) ? call['function'] : call
    const raw = rest(call, ['id', 'type', 'function', 'name', 'arguments', 'index'])
    return { kind: 'call', id: idOf(call['id']), name: idOf(name) ?? 'tool', input, raw }
  })
}
