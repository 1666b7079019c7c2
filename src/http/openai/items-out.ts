import { type JsonObject, isObject } from '../../contract/json.ts'
import type { Message } from '../../contract/message.ts'
import { isKnownPart, thoughtsOf } from '../../contract/part.ts'
import { inputContent, outputContent } from './content.ts'
import { isDerived, itemId } from './ids.ts'

export type Item = JsonObject & { id: string; type: string }

/** The name that this protocol keeps its own things under, in a message's `extra`. */
export const OPENAI = 'openai'

const isItem = (value: unknown): value is Item =>
  isObject(value) && typeof value['type'] === 'string' && value['type'] !== ''

const ownOf = ({ extra }: Message): JsonObject => {
  const own = extra?.[OPENAI]
  return isObject(own) ? own : {}
}

/** What is left of a message's items once one of them was deleted, each with the id that it had. */
const leftOf = (message: Message): Item[] | null => {
  const { items } = ownOf(message)
  return Array.isArray(items)
    ? items.filter((item): item is Item => isItem(item) && typeof item.id === 'string')
    : null
}

/** A message as items: as it came by this protocol, or as it would have. One of the model may be several. */
export function itemsOf(message: Message): Item[] {
  if (message.status === 'deleted') return []
  const left = leftOf(message)
  if (left) return left
  const { item } = ownOf(message)
  if (isItem(item))
    return [{ ...item, id: typeof item.id === 'string' ? item.id : named(message, item, 0, true) }]
  const bare = bareItems(message)
  const places = new Map<string, number>()
  return bare.map((one) => {
    const place = places.get(one.type) ?? 0
    places.set(one.type, place + 1)
    return { ...one, id: named(message, one, place, bare.length === 1) }
  })
}

const kinds: Record<string, string> = {
  message: 'msg',
  reasoning: 'rs',
  function_call: 'fc',
  function_call_output: 'fco',
}

/** How the ids of a kind of item begin. */
export const kindOf = (type: string): string => kinds[type] ?? 'item'

/** A message that came as one item has its id. Those of a reply are made of the reply's: they are known before it is written. */
const named = (
  message: Message,
  { type }: { type: string },
  place: number,
  isOnly: boolean,
): string =>
  isOnly &&
  message.origin !== 'model' &&
  !isDerived(message.id) &&
  message.id.startsWith(`${kindOf(type)}_`)
    ? message.id
    : itemId(kindOf(type), place, message.id)

type Bare = JsonObject & { id: string; type: string }

const ID = ''

function bareItems(message: Message): Bare[] {
  const { role, content, parts } = message
  const status = message.status === 'interrupted' ? 'incomplete' : 'completed'
  const said = { id: ID, type: 'message', role, status }
  if (role === 'tool') {
    const output = parts ? inputContent(message) : content
    return [
      {
        id: ID,
        type: 'function_call_output',
        call_id: message.tool_call_id,
        output,
        status: 'completed',
      },
    ]
  }
  if (role !== 'assistant') return [{ ...said, content: inputContent(message) }]
  const spoken = outputContent(message)
  const items: Bare[] = []
  const thoughts = thoughtsOf(parts)
  const encrypted = (parts ?? [])
    .filter(isKnownPart)
    .flatMap((part) =>
      part.type === 'reasoning' && part.encrypted !== undefined ? [part.encrypted] : [],
    )[0]
  if (thoughts.length > 0 || encrypted !== undefined) {
    items.push({
      id: ID,
      type: 'reasoning',
      summary: thoughts.map((text) => ({ type: 'summary_text', text })),
      ...(encrypted !== undefined && { encrypted_content: encrypted }),
    })
  }
  if (spoken.length > 0) items.push({ ...said, content: spoken })
  for (const { id, function: called } of message.tool_calls ?? []) {
    const { name, arguments: text } = called
    items.push({
      id: ID,
      type: 'function_call',
      call_id: id,
      name,
      arguments: text.trim() === '' ? '{}' : text,
      status: 'completed',
    })
  }
  return items
}

type Said = Pick<Message, 'content' | 'parts' | 'tool_calls' | 'extra'>

/** What is left of a message without one of its items; null if nothing is. */
export function without(message: Message, id: string): Said | null {
  const items = itemsOf(message)
  const gone = items.find((item) => item.id === id)
  const left = items.filter((item) => item !== gone)
  if (gone === undefined || left.length === 0) return null
  const { parts, content, tool_calls: calls } = message
  const isThought = gone.type === 'reasoning'
  const isText = gone.type === 'message'
  const keptParts = (parts ?? []).filter((part) =>
    part.type === 'reasoning' ? !isThought : !isText,
  )
  const keptCalls = (calls ?? []).filter((call) => gone['call_id'] !== call.id)
  const { model, ...extra } = message.extra ?? {}
  return {
    content: isText ? '' : content,
    parts: keptParts.length > 0 ? keptParts : null,
    tool_calls: keptCalls.length > 0 ? keptCalls : null,
    // What its endpoint wants back with its calls holds what it thought.
    extra: {
      ...extra,
      ...(!isThought && model !== undefined && { model }),
      [OPENAI]: { ...ownOf(message), items: left },
    },
  }
}
