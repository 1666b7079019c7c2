import { isFileId } from '../../contract/file.ts'
import { isObject } from '../../contract/json.ts'
import type { ToolCall } from '../../contract/message.ts'
import { type Part, isKnownPart, reasoningOf, textOfParts } from '../../contract/part.ts'
import type { ModelMessage, ModelPart, Sent } from '../../model/model.ts'
import type { Phrases } from '../../model/phrases.ts'
import type { MessageRow } from '../../storage/tables.ts'
import { SENT } from '../log/rows.ts'
import { withoutFiltered } from './filtered.ts'

/**
 * What goes to a model together or not at all: one message, or an assistant's tool calls with all their results.
 * The chat-completions API refuses a call without all of its results right behind it, and a result without a call.
 */
export interface Unit {
  rows: MessageRow[]
  messages: ModelMessage[]
}

type Named = Pick<Phrases, 'file' | 'image' | 'unanswered'>

/**
 * @param all some of history in a row, oldest first; its system messages are left to others
 * @param phrases what stands in the place of an image or a file that a model is not sent, and of an answer that never came
 * @param isOpenEnd whether calls at the very end may lack results, because the caller is about to send them
 */
export function unitsOf(all: MessageRow[], phrases: Named, isOpenEnd = false): Unit[] {
  const rows = withoutFiltered(all)
  const taken = new Set<MessageRow>()
  const units = rows.flatMap((row, index): Unit[] => {
    if (taken.has(row)) return []
    if (row.role === 'tool' || row.role === 'system') return []
    if (row.role === 'user') return spokenBy(row, phrases)
    const content = contentOf(row, phrases)
    const beside = callsBeside(row, rows, index)
    for (const one of beside) taken.add(one)
    const calls = [row, ...beside]
      .flatMap(({ toolCalls }) => toolCalls ?? [])
      .filter((call) => call.function.name.trim() !== '')
    const later = rows.slice(index + 1 + beside.length)
    const results = resultsOf(row, calls, later)
    const isWhole =
      results.length === calls.length || (isOpenEnd && later.length === results.length)
    // Whatever became of its calls, what it said was said; an empty message says nothing, and some endpoints refuse it.
    if (calls.length === 0 || !isWhole) {
      return isBlank(content) ? [] : [{ rows: [row], messages: [{ role: 'assistant', content }] }]
    }
    const made = { content, tool_calls: calls.map(sendableCall), ...sentWith(row) }
    const messages: ModelMessage[] = [{ role: 'assistant', ...made }, ...results.map(toResult)]
    return [{ rows: [row, ...beside, ...results], messages }]
  })
  return units.map((unit, index) => {
    const endsWithResults = unit.messages.at(-1)?.role === 'tool'
    if (!endsWithResults || units[index + 1]?.messages[0]?.role !== 'user') return unit
    // A person never speaks right behind results: the model has the turn.
    const answer: ModelMessage = { role: 'assistant', content: phrases.unanswered }
    return { ...unit, messages: [...unit.messages, answer] }
  })
}

/** Calls that were made at once, and came as a message each. */
function callsBeside(row: MessageRow, rows: MessageRow[], index: number): MessageRow[] {
  if (row.toolCalls === null) return []
  const ids = new Set(row.toolCalls.map(({ id }) => id))
  const isBeside = ({ role, content, toolCalls }: MessageRow) =>
    role === 'assistant' && isBlank(content) && toolCalls?.every(({ id }) => !ids.has(id)) === true
  const beside: MessageRow[] = []
  for (const one of rows.slice(index + 1)) {
    if (!isBeside(one)) break
    for (const { id } of one.toolCalls ?? []) ids.add(id)
    beside.push(one)
  }
  return beside
}

const isBlank = (text: string): boolean => text.trim() === ''

/** What a person said; nothing if that is nothing but space. */
function spokenBy(row: MessageRow, phrases: Named): Unit[] {
  const parts = partsOf(row, phrases).filter((part) => part.type !== 'text' || !isBlank(part.text))
  const isText = parts.every((part) => part.type === 'text')
  const content = isText ? textsOf(parts) : parts
  return content === '' ? [] : [{ rows: [row], messages: [{ role: 'user', content }] }]
}

/** The arguments of a call as the JSON object that some endpoints parse them for. */
function sendableCall(call: ToolCall): ToolCall {
  const { name, arguments: given } = call.function
  const sent = objectOf(given)
  return sent === given ? call : { ...call, function: { name, arguments: sent } }
}

function objectOf(given: string): string {
  if (isBlank(given)) return '{}'
  try {
    const value: unknown = JSON.parse(given)
    return isObject(value) ? given : JSON.stringify({ input: value })
  } catch {
    return JSON.stringify({ input: given })
  }
}

/** What an assistant says, as a model is sent it. */
const contentOf = (row: MessageRow, phrases: Named): string => textsOf(partsOf(row, phrases))

const textsOf = (parts: ModelPart[]): string =>
  parts.flatMap((part) => (part.type === 'text' ? [part.text] : [])).join('\n')

/** What a message says and holds: only a person sends images and files. */
function partsOf(row: MessageRow, phrases: Named): ModelPart[] {
  const text: ModelPart = { type: 'text', text: row.content }
  if (row.parts === null) return [text]
  const parts = row.parts.flatMap((part) => sendable(part, row, phrases))
  // A text that is not among the parts is said all the same.
  const isAmong = parts.length > 0 && (row.content === '' || textOfParts(row.parts) !== '')
  return isAmong ? parts : [text, ...parts]
}

/**
 * A part as a model is sent it; nothing for one that is shown to people, or that no model knows. The id of a file at the
 * provider opens whatever the deployment's account holds, so it counts only from a service.
 */
function sendable(part: Part, { role, origin }: MessageRow, { file, image }: Named): ModelPart[] {
  if (!isKnownPart(part)) return []
  const named = (...names: (string | undefined)[]): ModelPart[] => [
    { type: 'text', text: names.filter(Boolean).join(' ') },
  ]
  switch (part.type) {
    case 'text':
    case 'refusal':
      return [{ type: 'text', text: part.text }]
    case 'image_url':
      return role === 'user' ? [part] : named(image)
    case 'file': {
      const { file_id: id, ...rest } = part.file
      if (role !== 'user') return named(file, rest.filename)
      // Before it is sent, attached.ts sees to it.
      if (isFileId(id)) return [part]
      if (id !== undefined && origin === 'service') return [part]
      // A name alone is no file: providers refuse it.
      if (rest.file_data === undefined) return named(file, rest.filename)
      return [{ type: 'file', file: rest }]
    }
    case 'data':
      return role === 'user' ? named(`[${part.name}]`) : []
    case 'source':
    case 'reasoning':
      return []
  }
}

/** What the model sent with its calls, for the endpoint that it came from. Nobody else's word counts. */
function sentWith({ origin, extra, parts }: MessageRow): { sent?: Sent } {
  const sent = extra?.[SENT] as Sent | undefined
  if (origin !== 'model' || sent === undefined) return {}
  return { sent: { ...sent, reasoning: reasoningOf(parts) } }
}

/** The results of calls, in the calls' order; ids may come again with later calls. */
function resultsOf(row: MessageRow, calls: ToolCall[], later: MessageRow[]): MessageRow[] {
  if (row.toolCalls === null) return []
  const end = later.findIndex((one) => one.toolCalls !== null)
  const candidates = end === -1 ? later : later.slice(0, end)
  return calls.flatMap(
    ({ id }) => candidates.find((one) => one.role === 'tool' && one.toolCallId === id) ?? [],
  )
}

const toResult = (row: MessageRow): ModelMessage => ({
  role: 'tool',
  content: row.content,
  tool_call_id: row.toolCallId ?? '',
})
