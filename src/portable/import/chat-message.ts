import { CALL_ID_LENGTH } from '../../contract/limits.ts'
import type { Role } from '../../contract/message.ts'
import type { Part } from '../../contract/part.ts'
import { type Block, saidIn, spread, withThoughtsApart } from './blocks.ts'
import { isWhole } from './chat-files.ts'
import { blocksOf, citedBy } from './chat-parts.ts'
import { type Extras, type FoundMessage, roleOf } from './found.ts'
import { wordsOf } from './parts.ts'
import {
  type Fields,
  fieldsOf,
  firstOf,
  idOf,
  isFields,
  listOf,
  rest,
  taken,
  textOf,
} from './values.ts'

/** The calls whose results have not come yet, in their order. */
export type Waiting = readonly string[]

export const timeFields = [
  'created_at',
  'createdAt',
  'create_time',
  'timestamp',
  'time',
  'date',
  'created',
]
const understood = [
  'role',
  'content',
  'model',
  'tool_calls',
  'function_call',
  'tool_call_id',
  'finish_reason',
  'refusal',
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
  const { blocks: said, fields } = saidBy(message)
  const thinking = thoughtFields.find((name) => textOf(message[name]) !== '')
  const cited = role === 'assistant' ? citedBy(message) : []
  const blocks: Block[] = [
    ...(thinking ? [thoughtIn(message, thinking)] : []),
    ...(role === 'assistant' ? withThoughtsApart(said) : said),
    ...blocksOf(message['refusal']),
    ...(cited.length > 0 ? [{ kind: 'other' as const, name: null, raw: null, parts: cited }] : []),
    ...callsOf(message),
    ...failureIn(message),
  ]
  const shared = {
    createdAt: firstOf(message, timeFields),
    model: message['model'],
    finishReason: message['finish_reason'],
  }
  const isOfResults =
    role === 'tool' && said.every((block) => block.kind === 'result' && block.of !== null)
  const made =
    role === 'assistant' || (isOfResults && said.length > 0)
      ? spread(id, blocks, shared, extras)
      : spoken(id, role, blocks, shared.createdAt, extras)
  if (role === 'tool') {
    // A tool that said nothing has answered all the same.
    if (made.length === 0) made.push({ id, role, content: '', createdAt: shared.createdAt })
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
  const read = [...fields, ...taken(message, ['id', 'uuid'], timeFields)]
  extras.leave(id, message, [...understood, ...read, ...(thinking ? [thinking] : [])])
  if (role !== message['role']) extras.leave(id, { role: message['role'] }, [])
  return [made, made.reduce(stillWaiting, waiting)]
}

/** What failed is shown if nothing else is. */
function failureIn({ error }: Fields): Block[] {
  const failure = isFields(error) ? wordsOf(error) : textOf(error)
  return failure === '' ? [] : [{ kind: 'other', name: failure, raw: null }]
}

/** What servers of models call what was thought. */
const thoughtFields = ['reasoning_content', 'reasoning', 'thinking']

const thoughtIn = (message: Fields, name: string): Block => ({
  kind: 'thought',
  thought: { text: textOf(message[name]) },
  raw: null,
})

/** Other fields that some programs have for the text. */
const textFields = ['text', 'message', 'value']
/** Those for its parts: the second is Chatbox's. */
export const partFields = ['parts', 'contentParts']

/**
 * What a message says, and the other fields that it stands in. Some programs have the whole in `parts`, and its text alone
 * in `content`.
 */
function saidBy(message: Fields): { blocks: Block[]; fields: string[] } {
  const { content, audio } = message
  const inContent = blocksOf(content)
  const partField = partFields.find((name) => listOf(message[name]).length > 0) ?? 'parts'
  const inParts = blocksOf(message[partField])
  const isEmpty = inContent.every((block) => block.kind === 'text' && block.text === '')
  const isCopy = typeof content === 'string' && bare(inContent) === bare(inParts)
  if (inParts.length > 0 && (isEmpty || isCopy)) return { blocks: inParts, fields: [partField] }
  const heard = textOf(fieldsOf(audio)['transcript'])
  if (isEmpty && heard !== '') return { blocks: blocksOf(heard), fields: [] }
  const field = isEmpty && textFields.find((name) => textOf(message[name]) !== '')
  return field
    ? { blocks: blocksOf(message[field]), fields: [field] }
    : { blocks: inContent, fields: [] }
}

const bare = (blocks: Block[]): string => saidIn(blocks).join('').replaceAll(/\s/g, '')

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
  const mayShow = role !== 'system'
  const isShown = (block: Block) => mayShow && block.kind === 'other' && block.parts?.some(isWhole)
  const raws = blocks.filter((block) => block.kind !== 'result' && !isShown(block))
  extras.leave(id, { content: raws.flatMap(({ raw }) => raw ?? []) }, [])
  const made = spread(`${id}-result`, results, { createdAt }, extras)
  if (texts.length === 0 && others.length === 0) return made
  // What is known by its name alone is shown beside a text, or in its place.
  const shown = others
    .flatMap(({ parts = [] }) => parts)
    .filter((part) => texts.length > 0 || isWhole(part))
  const parts: Part[] = [...texts.map((text) => ({ type: 'text' as const, text })), ...shown]
  const { name } = others[0] ?? { name: null }
  return [
    ...made,
    {
      id,
      role,
      content: texts.join('\n'),
      placeholder: name === null ? null : `[${name}]`,
      parts: shown.length > 0 && mayShow ? parts : null,
      createdAt,
    },
  ]
}

const asText = (block: Block): Block =>
  block.kind === 'result' ? { kind: 'text', text: block.text, raw: null } : block

/** The calls that stand beside the content; one alone in the older form of the API. */
function callsOf({ tool_calls: calls, function_call: older }: Fields): Block[] {
  const all = isFields(older) ? [{ function: older }] : listOf(calls)
  return all.filter(isFields).map((call): Block => {
    const called = [call['function'], call['custom']].find(isFields) ?? call
    const { name, arguments: input = called['input'] } = called
    const raw = rest(call, ['id', 'type', 'function', 'custom', 'name', 'arguments', 'index'])
    return { kind: 'call', id: idOf(call['id']), name: idOf(name) ?? 'tool', input, raw }
  })
}
