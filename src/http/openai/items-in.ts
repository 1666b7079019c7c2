import * as z from 'zod'

import { type JsonObject, isObject } from '../../contract/json.ts'
import { type Message, NewMessage } from '../../contract/message.ts'
import { type Part, isKnownPart, textOfParts } from '../../contract/part.ts'
import { Problem, pointerTo } from '../frame/problem.ts'
import { saying } from './blank.ts'
import { partsOf } from './content.ts'
import { isDerived } from './ids.ts'
import { OPENAI, itemsOf, kindOf } from './items-out.ts'

/** An item as a client sends it. */
export const NewItem = z.looseObject({ type: z.string().min(1).optional() }).meta({
  id: 'OpenAINewItem',
  description:
    'Any item of OpenAI’s Responses API. What Hilo does not know is kept, and given back as it came',
})

type Sent = JsonObject & { type: string }

/** Whether an item says what one does that stands: clients leave things out of what they send back, and add their own. */
export const isSameItem = (sent: object, standing: object): boolean =>
  saidBy(sent as JsonObject) === saidBy(standing as JsonObject)

function saidBy(item: JsonObject): string {
  const said = normalised(item)
  const ignore = () => {}
  const { content, parts, ...message } = messageOf(said, ignore)
  const text = content ?? textOfParts(parts ?? null)
  const others = (parts ?? []).flatMap((part): unknown[] => {
    if (!isKnownPart(part)) return [part]
    if (part.type === 'text' || part.type === 'source') return []
    return part.type === 'reasoning' ? [part.text] : [part]
  })
  return canonical([said.type, message, text, others])
}

/**
 * Items as messages, one each; null for one that stands already. What of an item has no place in a message is kept beside it, so that it is given back as it
 * came; what the client left out is filled in as clients expect to read it.
 *
 * @param idOf names an item that came without an id, by its place
 */
export const messagesOf = (
  items: (object | null)[],
  where: 'items' | 'input',
  idOf: (kind: string, place: number) => string,
): NewMessage[] =>
  saying(items, where).flatMap((item, place) => {
    if (item === null) return []
    const refuse = (field: string, detail: string) => {
      const pointer = pointerTo([where, place, ...(field === '' ? [] : [field])])
      throw new Problem('invalid-request', { errors: [{ pointer, detail }] })
    }
    const sent = normalised(withOwnId(item as JsonObject))
    const { type, id } = sent
    if (type === 'item_reference') {
      const detail = 'Hilo keeps the conversation: leave items out that it has'
      throw new Problem('unsupported-parameter', {
        errors: [{ pointer: pointerTo([where, place, 'type']), detail }],
      })
    }
    if (id !== undefined && typeof id !== 'string') refuse('id', 'Send a text, or no id')
    const said = messageOf(sent, refuse)
    const message = { ...said, id: (id as string | undefined) ?? idOf(kindOf(type), place) }
    const checked = NewMessage.safeParse(withOwn(message, sent))
    if (checked.success) return checked.data
    const errors = checked.error.issues.map(({ path, message: detail }) => ({
      pointer: pointerTo([where, place, ...path.slice(0, 1)]),
      detail,
    }))
    throw new Problem('invalid-request', { errors })
  })

/** An item with all that clients expect in one, in the spelling that they read. */
function normalised(item: JsonObject): Sent {
  const type = typeof item['type'] === 'string' ? item['type'] : 'message'
  const { role } = item
  switch (type) {
    case 'message': {
      const isOfModel = role === 'assistant'
      const spoken = contentOf(item['content'], isOfModel)
      const told = { ...item, type, role: role === 'developer' ? 'system' : (role ?? null) }
      return { ...told, status: item['status'] ?? 'completed', content: spoken as JsonObject }
    }
    case 'reasoning':
      return { ...item, type, summary: item['summary'] ?? [] }
    case 'function_call':
    case 'function_call_output':
      return { ...item, type, status: item['status'] ?? 'completed' }
    default:
      return { ...item, type }
  }
}

function contentOf(content: unknown, isOfModel: boolean): unknown {
  const kind = isOfModel ? 'output_text' : 'input_text'
  const pieces = typeof content === 'string' ? [{ type: kind, text: content }] : content
  if (!Array.isArray(pieces)) return content
  return pieces.map((piece: unknown) => {
    if (!isObject(piece)) return piece
    const { type } = piece
    const isText = type === 'text' || type === 'output_text' || type === 'input_text'
    if (!isText)
      return type === 'input_image' ? { ...piece, detail: piece['detail'] ?? 'auto' } : piece
    // Those of the other side make the clients that read them fail.
    if (!isOfModel) return { ...piece, type: kind }
    return { ...piece, type: kind, annotations: piece['annotations'] ?? [] }
  })
}

/** One of another conversation's reply is an item of its own here: its id means a message that may come to be. */
const withOwnId = ({ id, ...item }: JsonObject): JsonObject =>
  id === undefined || (typeof id === 'string' && isDerived(id)) ? item : { ...item, id }

type Refuse = (field: string, detail: string) => void

/** A message without what only this protocol knows. */
function messageOf(item: Sent, refuse: Refuse): Omit<NewMessage, 'id'> {
  const text = (field: string): string => {
    const value = item[field]
    if (typeof value !== 'string') refuse(field, 'Send a text')
    return value as string
  }
  switch (item.type) {
    case 'message': {
      const role = text('role')
      if (!['user', 'assistant', 'system'].includes(role)) {
        refuse('role', 'Send user, assistant, system or developer')
      }
      return { role: role as 'user', ...spokenIn(item['content'], refuse, 'content') }
    }
    case 'function_call':
      return calling(text('call_id'), text('name'), text('arguments'))
    case 'custom_tool_call':
      return calling(text('call_id'), text('name'), JSON.stringify({ input: text('input') }))
    case 'function_call_output':
    case 'custom_tool_call_output': {
      const { output } = item
      const said =
        typeof output === 'string' ? { content: output } : spokenIn(output, refuse, 'output')
      return { role: 'tool', tool_call_id: text('call_id'), ...said }
    }
    case 'reasoning':
      return thinking(item)
    default:
      return { role: 'assistant', parts: [placeholder(item.type)] }
  }
}

const calling = (id: string, name: string, given: string): Omit<NewMessage, 'id'> => ({
  role: 'assistant',
  tool_calls: [{ id, type: 'function', function: { name, arguments: given } }],
})

/** What stands for an item in protocols that do not know it. */
const placeholder = (name: string): Part => ({ type: 'data', name: name.slice(0, 128), data: null })

function thinking({
  summary,
  content,
  encrypted_content: encrypted,
}: Sent): Omit<NewMessage, 'id'> {
  const pieces = [summary, content].flatMap((list) =>
    Array.isArray(list) ? (list as unknown[]) : [],
  )
  const text = pieces
    .filter(isObject)
    .flatMap((piece) => (typeof piece['text'] === 'string' ? [piece['text']] : []))
    .join('\n\n')
  const part: Part = {
    type: 'reasoning',
    text,
    ...(typeof encrypted === 'string' && { encrypted }),
  }
  return { role: 'assistant', parts: [part] }
}

function spokenIn(
  content: unknown,
  refuse: Refuse,
  field: string,
): Pick<NewMessage, 'content' | 'parts'> {
  if (!Array.isArray(content) || !content.every(isObject)) {
    refuse(field, 'Send a text, or a list of objects with a `type`')
  }
  const pieces = content as JsonObject[]
  const parts = pieces.flatMap(partsOf)
  const [first] = parts
  if (first === undefined) return { parts: [placeholder('message')] }
  const isPlain = parts.length === 1 && isKnownPart(first) && first.type === 'text'
  return isPlain ? { content: first.text } : { parts }
}

/** The message with its item beside it, unless the item can be made of the message again. */
function withOwn(message: NewMessage, item: Sent): NewMessage {
  const stored = {
    ...unsaid,
    ...message,
    content: message.content ?? textOfParts(message.parts ?? null),
  } as Message
  const [again] = itemsOf(stored)
  if (again !== undefined && canonical(again) === canonical({ ...item, id: again.id })) {
    if (item['id'] === undefined || item['id'] === again.id) return message
  }
  return { ...message, extra: { [OPENAI]: { item } } }
}

const unsaid = {
  parts: null,
  tool_calls: null,
  tool_call_id: null,
  status: 'complete',
  extra: null,
  origin: 'client',
}

/** The same text for values that differ in the order of keys alone. */
const canonical = (value: unknown): string =>
  JSON.stringify(value, (_, one: unknown) =>
    isObject(one)
      ? Object.fromEntries(Object.entries(one).toSorted(([a], [b]) => (a < b ? -1 : 1)))
      : one,
  )
