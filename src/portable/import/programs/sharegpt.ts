import { type Found, roleOf } from '../found.ts'
import { type Fields, fieldsOf, firstOf, idOf, isFields, listOf, textOf } from '../values.ts'
import { readChat } from './generic.ts'

const conversationFields = [
  'id',
  'title',
  'model',
  'system',
  'conversations',
  'conversation',
  'items',
  'messages',
]

const roles = new Map<unknown, string>([
  ['human', 'user'],
  ['gpt', 'assistant'],
  ['observation', 'tool'],
  ['function_response', 'tool'],
  ['function-response', 'tool'],
  ['tool_response', 'tool'],
])
const calling: unknown[] = ['function_call', 'function-call', 'tool_call']

/** What one said: data sets have `from` and `value`, some of them the names of the chat-completions API. */
export const isTurn = ({ from, value }: Fields): boolean =>
  typeof from === 'string' && typeof value === 'string'

/** Some data sets mix the names of both. */
const speakerOf = ({ from, role }: Fields): string => textOf(from) || textOf(role)
const textIn = (turn: Fields): unknown => firstOf(turn, ['value', 'content', 'text'])

/** People who write to each other have names instead. */
const isSaid = (turn: Fields): boolean =>
  typeof textIn(turn) === 'string' && isKnown(speakerOf(turn))

const isKnown = (speaker: string): boolean =>
  roles.has(speaker) || calling.includes(speaker) || roleOf(speaker) !== null

const turnsIn = ({ conversations, conversation, items, messages }: Fields): Fields[] =>
  listOf(conversations ?? conversation ?? items ?? messages).filter(isFields)

export const isShareGpt = (value: Fields): boolean =>
  turnsIn(value).some(
    (turn) =>
      isSaid(turn) && ('conversations' in value || 'conversation' in value || 'from' in turn),
  )

/** One conversation of a data set: turns, and what the model was told beside them. */
export function readShareGpt(value: Fields): Found {
  const turns = turnsIn(value).map(asMessage)
  return {
    source: 'sharegpt',
    sourceId: idOf(value['id'], value['conversation_id']),
    title: value['title'],
    createdAt: null,
    updatedAt: null,
    isArchived: false,
    ...readChat(value, turns, conversationFields),
  }
}

/** A turn as a message of the chat-completions API. */
function asMessage(turn: Fields): Fields {
  if (!('from' in turn) && !('value' in turn)) return turn
  const { from: _from, role: _role, value: _value, content: _content, text: _text, ...more } = turn
  const [from, value] = [speakerOf(turn), textIn(turn)]
  if (calling.includes(from)) {
    return { ...more, role: 'assistant', tool_calls: callsIn(textOf(value)) }
  }
  const role = roles.get(from) ?? from
  const text = textOf(value)
  const known = roleOf(role)
  if (known === 'tool') return { ...more, role, content: withoutMarks(text) ?? value }
  if (known !== 'assistant') return { ...more, role, content: value }
  const { said, calls } = withCallsApart(text)
  return calls.length === 0
    ? { ...more, role, content: value }
    : { ...more, role, content: said.trim(), tool_calls: calls }
}

const [OPEN, CLOSE] = ['<tool_call>', '</tool_call>']

/** What some models write, and the calls that stand in it as JSON. */
function withCallsApart(text: string): { said: string; calls: Fields[] } {
  const [last = '', ...before] = text.split(CLOSE).toReversed()
  const calls: Fields[] = []
  let said = ''
  for (const piece of before.toReversed()) {
    const at = piece.indexOf(OPEN)
    const call = at === -1 ? '' : piece.slice(at + OPEN.length).trim()
    if (call.startsWith('{')) {
      said += piece.slice(0, at)
      calls.push(...callsIn(call))
    } else said += piece + CLOSE
  }
  return { said: said + last, calls }
}

/** What came of a call, as some models are told it. */
function withoutMarks(text: string): string | null {
  const [start, end] = ['<tool_response>', '</tool_response>']
  const trimmed = text.trim()
  const isMarked = trimmed.startsWith(start) && trimmed.endsWith(end)
  return isMarked ? trimmed.slice(start.length, -end.length).trim() : null
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
