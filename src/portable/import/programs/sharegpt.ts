import type { Found } from '../found.ts'
import { type Fields, fieldsOf, idOf, isFields, listOf, textOf } from '../values.ts'
import { readChat } from './generic.ts'

const conversationFields = ['id', 'title', 'model', 'system', 'conversations']

const roles = new Map<unknown, string>([
  ['human', 'user'],
  ['gpt', 'assistant'],
  ['chatgpt', 'assistant'],
  ['bot', 'assistant'],
  ['observation', 'tool'],
  ['function_response', 'tool'],
  ['function-response', 'tool'],
  ['tool_response', 'tool'],
])
const calling: unknown[] = ['function_call', 'function-call', 'tool_call']

/** What one said: data sets have `from` and `value`, some of them the names of the chat-completions API. */
export const isTurn = ({ from, value }: Fields): boolean =>
  typeof from === 'string' && typeof value === 'string'

const isSaid = (turn: Fields): boolean =>
  isTurn(turn) || (typeof turn['role'] === 'string' && typeof turn['content'] === 'string')

export const isShareGpt = ({ conversations }: Fields): boolean =>
  listOf(conversations).filter(isFields).some(isSaid)

/** One conversation of a data set: turns, and what the model was told beside them. */
export function readShareGpt(value: Fields): Found {
  const turns = listOf(value['conversations']).filter(isFields).map(asMessage)
  return {
    source: 'sharegpt',
    sourceId: idOf(value['id']),
    title: value['title'],
    createdAt: null,
    updatedAt: null,
    isArchived: false,
    ...readChat(value, turns, conversationFields),
  }
}

/** A turn as a message of the chat-completions API. */
function asMessage(turn: Fields): Fields {
  if (!isTurn(turn)) return turn
  const { from, value, ...more } = turn
  if (calling.includes(from)) {
    return { ...more, role: 'assistant', tool_calls: callsIn(textOf(value)) }
  }
  return { ...more, role: roles.get(from) ?? from, content: value }
}

/** JSON of one call or of several; text that is none is what a call was given. */
function callsIn(text: string): Fields[] {
  let calls: unknown
  try {
    calls = JSON.parse(text)
  } catch {
    calls = null
  }
  const all = (isFields(calls) ? [calls] : listOf(calls)).filter(isFields)
  if (all.length === 0) return [{ name: 'tool', arguments: text }]
  return all.map((call) => {
    const { name, arguments: given, parameters } = { ...call, ...fieldsOf(call['function']) }
    return { id: call['id'], name, arguments: given ?? parameters }
  })
}
