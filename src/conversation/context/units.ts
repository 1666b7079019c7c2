import { type Part, isKnownPart, reasoningOf, textOfParts } from '../../contract/part.ts'
import type { ModelMessage, ModelPart, Sent } from '../../model/model.ts'
import type { Phrases } from '../../model/phrases.ts'
import type { MessageRow } from '../../storage/tables.ts'
import { SENT } from '../log/rows.ts'

/**
 * What goes to a model together or not at all: one message, or an assistant's tool calls with all their results.
 * The chat-completions API refuses a call without all of its results right behind it, and a result without a call.
 */
export interface Unit {
  rows: MessageRow[]
  messages: ModelMessage[]
}

/**
 * @param rows some of history in a row, oldest first; its system messages are left to others
 * @param phrases what stands in the place of an image or a file that a model is not sent
 * @param isOpenEnd whether calls at the very end may lack results, because the caller is about to send them
 */
export function unitsOf(
  rows: MessageRow[],
  phrases: Pick<Phrases, 'file' | 'image'>,
  isOpenEnd = false,
): Unit[] {
  return rows.flatMap((row, index): Unit[] => {
    if (row.role === 'tool' || row.role === 'system') return []
    const content = contentOf(row, phrases)
    if (row.role === 'user') return [{ rows: [row], messages: [{ role: 'user', content }] }]
    if (row.toolCalls === null) {
      // An empty one says nothing, and some endpoints refuse it.
      if (content.length === 0) return []
      return [{ rows: [row], messages: [{ role: 'assistant', content }] }]
    }
    const later = rows.slice(index + 1)
    const results = resultsOf(row, later)
    const isAnswered = results.length === row.toolCalls.length
    if (!isAnswered && !(isOpenEnd && later.length === results.length)) return []
    return [
      {
        rows: [row, ...results],
        messages: [
          { role: 'assistant', content, tool_calls: row.toolCalls, ...sentWith(row) },
          ...results.map(toResult),
        ],
      },
    ]
  })
}

type Named = Pick<Phrases, 'file' | 'image'>

/** What a message says, as a model is sent it: only a person sends images and files. */
function contentOf(row: MessageRow, phrases: Named): string | ModelPart[] {
  if (row.parts === null) return row.content
  const parts = row.parts.flatMap((part) => sendable(part, row, phrases))
  if (parts.length === 0) return row.content
  // A text that is not among the parts is said all the same.
  const isAmong = row.content === '' || textOfParts(row.parts) !== ''
  return isAmong ? parts : [{ type: 'text', text: row.content }, ...parts]
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

/** The results of a message's calls, in the calls' order; ids may come again with later calls. */
function resultsOf(call: MessageRow, later: MessageRow[]): MessageRow[] {
  const end = later.findIndex((row) => row.toolCalls !== null)
  const candidates = end === -1 ? later : later.slice(0, end)
  return (call.toolCalls ?? []).flatMap(
    ({ id }) => candidates.find((row) => row.role === 'tool' && row.toolCallId === id) ?? [],
  )
}

const toResult = (row: MessageRow): ModelMessage => ({
  role: 'tool',
  content: row.content,
  tool_call_id: row.toolCallId ?? '',
})
